// Time as the engines see it: points and spans handed in by the caller. There is no now() here; the one clock of the
// process is read in net/, and the simulator makes its own.
#pragma once

#include <chrono>
#include <cstdint>

namespace consomme {

using namespace std::chrono_literals;

// The engines' time line. In production an Instant counts nanoseconds since the Unix epoch, advanced by the monotonic
// clock (it never steps back); in simulations it starts at an arbitrary point that is not zero.
struct EngineClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EngineClock>;
  static constexpr bool is_steady = true;
};

using Duration = EngineClock::duration;
using Instant = EngineClock::time_point;

inline constexpr Instant kNever = Instant::max();

// NTP timestamp, 32.32 fixed point seconds since 1900 (RFC 3550 §4).
class NtpTime {
 public:
  constexpr NtpTime() = default;
  constexpr explicit NtpTime(std::uint64_t q32_32) : value_(q32_32) {}

  static constexpr NtpTime from(Instant at) {
    const auto ns = static_cast<std::uint64_t>(at.time_since_epoch().count());
    const std::uint64_t seconds = ns / kNsPerSecond + kUnixEpochInNtpSeconds;
    const std::uint64_t fraction = ((ns % kNsPerSecond) << 32) / kNsPerSecond;
    return NtpTime((seconds << 32) | fraction);
  }

  // Where it lies on our time line; 2^-32 s are less than a nanosecond, which is rounded to.
  constexpr Instant to_instant() const {
    const auto seconds = static_cast<std::int64_t>(value_ >> 32) - static_cast<std::int64_t>(kUnixEpochInNtpSeconds);
    const std::uint64_t ns = ((value_ & 0xffff'ffff) * kNsPerSecond + (std::uint64_t{1} << 31)) >> 32;
    return Instant(std::chrono::seconds(seconds) + Duration(static_cast<Duration::rep>(ns)));
  }

  constexpr std::uint64_t value() const { return value_; }
  // The middle 32 bits, 16.16 seconds, as LSR and DLSR carry them (RFC 3550 §6.4.1).
  constexpr std::uint32_t compact() const { return static_cast<std::uint32_t>(value_ >> 16); }
  constexpr bool operator==(const NtpTime&) const = default;

 private:
  static constexpr std::uint64_t kUnixEpochInNtpSeconds = 2'208'988'800;
  static constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

  std::uint64_t value_ = 0;
};

// A span given in the 16.16 seconds of LSR and DLSR (RFC 3550 §6.4.1).
constexpr Duration from_compact_ntp(std::uint32_t units) {
  return Duration((static_cast<std::int64_t>(units) * 1'000'000'000) >> 16);
}
constexpr std::uint32_t to_compact_ntp(Duration span) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(span.count()) << 16) / 1'000'000'000);
}

}  // namespace consomme
