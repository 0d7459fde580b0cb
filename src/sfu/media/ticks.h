// Spans of time in units of an RTP clock, and back.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace consomme::media {

// Whole seconds apart, so that nothing overflows even after days.
constexpr std::int64_t to_ticks(Duration span, std::uint32_t clock_rate) {
  constexpr std::int64_t kNs = 1'000'000'000;
  return span.count() / kNs * clock_rate + span.count() % kNs * clock_rate / kNs;
}
constexpr Duration from_ticks(std::int64_t ticks, std::uint32_t clock_rate) {
  const std::int64_t rate = clock_rate;
  return Duration(ticks / rate * 1'000'000'000 + ticks % rate * 1'000'000'000 / rate);
}

}  // namespace consomme::media
