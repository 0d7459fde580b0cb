// When the next packet of a video may leave: a key picture is many times another, and all at once it overflows the
// queue of a slow link, where spread over the time that the link needs for it anyway it arrives whole and no later.
// Owned by the transport.
#pragma once

#include <algorithm>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

class Pacer {
 public:
  static constexpr double kAhead = 1.5;     // times the estimate: what is sent must not wait for what is believed
  static constexpr Duration kBurst = 40ms;  // of that may leave at once: most pictures do, whole
  // What waits leaves at the rate that would empty the queue in this time, if it is higher than by what is believed: so
  // the tail of a queue before an estimate that is far too low takes some times as long.
  static constexpr Duration kDrain = 250ms;
  static constexpr Duration kStep = 5ms;  // of time between two departures; one wake-up each

  bool may_send(Instant now) const { return free_ <= now + kBurst; }
  // The next time at which it may.
  Instant next() const { return free_ - kBurst + kStep; }
  // A packet leaves while so many bytes wait, itself among them.
  void sent(Instant now, std::size_t bytes, std::size_t waiting_bytes, Bitrate estimate) {
    const Bitrate needed = rate_of(static_cast<double>(waiting_bytes), kDrain);
    const Bitrate rate = std::max({scaled(estimate, kAhead), needed, Bitrate(1)});
    free_ = std::max(free_, now) + time_of(static_cast<double>(bytes), rate);
  }

 private:
  Instant free_{};  // when a link of that rate would have sent all that has left
};

}  // namespace consomme::bwe
