// A flow that shares a link and heeds nothing but loss, as a download does: a window that grows by a packet each round
// trip and is halved by loss (RFC 5681 §3.1), so that it fills every queue. Advanced in steps of a millisecond.
#pragma once

#include <algorithm>
#include <queue>
#include <vector>

#include "tests/sim/link.h"

namespace consomme::sim {

class Rival {
 public:
  explicit Rival(Duration way_back) : way_back_(way_back) {}

  void step(Instant now, Link& down) {
    for (; !echoes_.empty() && echoes_.top().at <= now; echoes_.pop()) hear(echoes_.top());
    while (in_flight_ < window_) {
      const auto arrived = down.arrival(now, kPacket);
      ++in_flight_;
      echoes_.push({arrived.value_or(now + kLossShows) + way_back_, now, arrived.has_value()});
    }
  }
  double delivered_bytes() const { return delivered_; }

 private:
  static constexpr std::size_t kPacket = 1200;
  static constexpr Duration kLossShows = 200ms;

  struct Echo {
    Instant at;
    Instant sent;
    bool arrived;
    bool operator>(const Echo& other) const { return at > other.at; }
  };

  void hear(const Echo& echo) {
    --in_flight_;
    if (echo.arrived) {
      delivered_ += kPacket;
      window_ += 1 / window_;
    } else if (echo.sent >= halved_) {
      window_ = std::max(2.0, window_ / 2);
      halved_ = echo.at;
    }
  }

  Duration way_back_;
  double window_ = 10;
  double in_flight_ = 0;
  Instant halved_{};
  double delivered_ = 0;
  std::priority_queue<Echo, std::vector<Echo>, std::greater<>> echoes_;
};

}  // namespace consomme::sim
