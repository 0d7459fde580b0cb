// The round trip as feedback shows it, and how much of the way is queueing: what is above the least of the last half
// minute. Owned by the bandwidth estimator.
#pragma once

#include <algorithm>
#include <array>

#include "base/time.h"

namespace consomme::bwe {

class RoundTrip {
 public:
  // `one_way`: between two clocks, so that only its changes mean something. A receiver that collects for its feedback
  // makes the round trip longer, one whose clock jumps only the way there: a queue is seen in both.
  void add(Instant now, Duration round_trip, Duration one_way) {
    round_trip_.add(now, round_trip);
    one_way_.add(now, one_way);
  }
  Duration last() const { return round_trip_.last(); }
  Duration queue() const { return std::min(round_trip_.excess(), one_way_.excess()); }

 private:
  class Delay {
   public:
    void add(Instant now, Duration measured) {
      if (now - since_ >= kSpan) {
        least_ = {least_[1], measured};
        since_ = now;
      }
      least_[1] = std::min(least_[1], measured);
      last_ = measured;
    }
    Duration last() const { return last_; }
    Duration excess() const { return std::max(Duration::zero(), last_ - std::min(least_[0], least_[1])); }

   private:
    Instant since_{};
    std::array<Duration, 2> least_{Duration::max(), Duration::max()};  // of the span before, and of this one
    Duration last_ = kUnmeasured;
  };
  static constexpr Duration kSpan = 15s;
  static constexpr Duration kUnmeasured = 200ms;

  Delay round_trip_;
  Delay one_way_;
};

}  // namespace consomme::bwe
