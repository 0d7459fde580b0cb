// What may be sent again to a link that has shown a limit: a receiver asks for all that a full queue has dropped, and
// the answers alone would keep it full. What is refused is asked for again a round trip later. Owned by the bandwidth
// estimator.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

class RepairBudget {
 public:
  static constexpr double kShare = 0.5;      // of the estimate: enough for a link that loses a third
  static constexpr Duration kDepth = 200ms;  // of that may be sent at once

  // Bytes that may be sent again now; not above zero: none.
  std::int64_t left(Instant now, Bitrate estimate) {
    const Bitrate rate = scaled(estimate, kShare);
    const Duration elapsed = std::clamp(now - filled_, Duration::zero(), kDepth);
    left_ = std::min(left_ + bytes_in(rate, elapsed), bytes_in(rate, kDepth));
    filled_ = now;
    return static_cast<std::int64_t>(left_);
  }
  void spend(std::size_t bytes) { left_ -= static_cast<double>(bytes); }

 private:
  double left_ = 0;  // below zero by what the last one took beyond it
  Instant filled_{};
};

}  // namespace consomme::bwe
