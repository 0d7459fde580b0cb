// The control thread's clock: the Unix epoch read once, advanced by the monotonic clock, so it never steps back.
#pragma once

#include <chrono>

#include "base/time.h"

namespace consomme::server {

class Clock {
 public:
  Instant now() const { return Instant(std::chrono::steady_clock::now().time_since_epoch() + offset_); }
  std::chrono::steady_clock::time_point to_steady(Instant at) const {
    return std::chrono::steady_clock::time_point(at.time_since_epoch() - offset_);
  }

 private:
  Duration offset_ =
      std::chrono::system_clock::now().time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch();
};

}  // namespace consomme::server
