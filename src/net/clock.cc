#include "net/clock.h"

#include <ctime>

namespace consomme::net {
namespace {

Duration read(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

Clock::Clock() : wall_minus_monotonic_(read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC)) {}

Instant Clock::now() const {
  return Instant(wall_minus_monotonic_ + read(CLOCK_MONOTONIC));
}

}  // namespace consomme::net
