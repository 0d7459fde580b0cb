// Arithmetic on bit rates.
#pragma once

#include <cstdint>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::bwe {

constexpr Bitrate kbps(std::int64_t n) {
  return Bitrate(n * 1000);
}
constexpr Bitrate scaled(Bitrate rate, double by) {
  return Bitrate(static_cast<std::int64_t>(static_cast<double>(rate.value()) * by));
}
constexpr Bitrate operator+(Bitrate a, Bitrate b) {
  return Bitrate(a.value() + b.value());
}
constexpr Bitrate operator-(Bitrate a, Bitrate b) {
  return Bitrate(a.value() - b.value());
}
constexpr double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}
// Bytes that `rate` carries in `span`.
constexpr double bytes_in(Bitrate rate, Duration span) {
  return static_cast<double>(rate.value()) / 8 * seconds(span);
}
constexpr Bitrate rate_of(double bytes, Duration span) {
  return Bitrate(static_cast<std::int64_t>(bytes * 8 / seconds(span)));
}

// How long `bytes` take at `rate`, which is not 0.
inline Duration time_of(double bytes, Bitrate rate) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(bytes * 8 / static_cast<double>(rate.value())));
}

}  // namespace consomme::bwe
