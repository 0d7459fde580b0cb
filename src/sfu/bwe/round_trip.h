// The round trip as feedback shows it, and how much of it is queueing: what is above the least of the last half minute.
// Owned by the bandwidth estimator.
#pragma once

#include <algorithm>
#include <array>

#include "base/time.h"

namespace consomme::bwe {

class RoundTrip {
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
  Duration queue() const { return std::max(Duration::zero(), last_ - std::min(least_[0], least_[1])); }

 private:
  static constexpr Duration kSpan = 15s;
  static constexpr Duration kUnmeasured = 200ms;

  Instant since_{};
  std::array<Duration, 2> least_{Duration::max(), Duration::max()};  // of the span before, and of this one
  Duration last_ = kUnmeasured;
};

}  // namespace consomme::bwe
