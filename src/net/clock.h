// The one clock of the process. A thread reads it once a loop turn and hands the Instant to its engines.
#pragma once

#include "base/time.h"

namespace consomme::net {

// Wall time read once at construction, advanced by the monotonic clock: it never steps back, whatever NTP or an
// operator does to the wall clock. Copies agree, so that all threads share one time line by copying one Clock.
class Clock {
 public:
  Clock();
  Instant now() const;

 private:
  Duration wall_minus_monotonic_;
};

}  // namespace consomme::net
