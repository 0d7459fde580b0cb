#include "sfu/wire/extension_values.h"

#include <algorithm>

namespace consomme::wire {
namespace {

constexpr int kFractionBits = 18;
constexpr std::uint32_t kAbsSendTimeMask = 0xffffff;
constexpr Duration kPlayoutStep = 10ms;
constexpr std::int64_t kMaxPlayoutSteps = 0xfff;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

template <std::size_t N>
std::array<std::uint8_t, N> bytes_of(std::uint64_t value) {
  std::array<std::uint8_t, N> bytes;
  store_be<N>(bytes.data(), value);
  return bytes;
}

std::uint64_t playout_steps(Duration d) {
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(d / kPlayoutStep, 0, kMaxPlayoutSteps));
}

}  // namespace

std::optional<std::string_view> parse_stream_name(ByteView value) {
  const std::string_view text = as_text(value);
  const std::string_view name = text.substr(0, text.find('\0'));
  if (name.empty()) return std::nullopt;
  return name;
}

AbsSendTime abs_send_time(Instant at) {
  const std::int64_t ns = at.time_since_epoch().count() % kAbsSendTimeWrap.count();
  return AbsSendTime(static_cast<std::uint32_t>((ns << kFractionBits) / kNsPerSecond) & kAbsSendTimeMask);
}

Duration distance(AbsSendTime from, AbsSendTime to) {
  // The 24 bits are moved to the top of 32, so that the sign comes out of the subtraction.
  const auto circle = static_cast<std::int32_t>((to.value() - from.value()) << 8);
  return Duration((std::int64_t{circle >> 8} * kNsPerSecond) >> kFractionBits);
}

std::optional<AbsSendTime> parse_abs_send_time(ByteView value) {
  if (value.size() != 3) return std::nullopt;
  return AbsSendTime(static_cast<std::uint32_t>(load_be<3>(value.data())));
}

std::array<std::uint8_t, 3> write_abs_send_time(AbsSendTime time) {
  return bytes_of<3>(time.value());
}

std::optional<SeqNo> parse_transport_seq(ByteView value) {
  // Version 2 appends a request for feedback to the number; the number is the same.
  if (value.size() != 2 && value.size() != 4) return std::nullopt;
  return SeqNo(static_cast<std::uint16_t>(load_be<2>(value.data())));
}

std::array<std::uint8_t, 2> write_transport_seq(SeqNo seq) {
  return bytes_of<2>(seq.value());
}

std::optional<AudioLevel> parse_audio_level(ByteView value) {
  if (value.empty()) return std::nullopt;  // the two-byte form may pad it (RFC 6464 §3)
  return AudioLevel{(value[0] & 0x80) != 0, static_cast<std::uint8_t>(value[0] & 0x7f)};
}

std::array<std::uint8_t, 1> write_audio_level(AudioLevel level) {
  return bytes_of<1>((level.voice ? 0x80U : 0U) | std::min<std::uint8_t>(level.minus_dbov, 127));
}

std::optional<VideoOrientation> parse_video_orientation(ByteView value) {
  if (value.size() != 1) return std::nullopt;
  return VideoOrientation{(value[0] & 0x08) != 0, (value[0] & 0x04) != 0,
                          static_cast<std::uint16_t>((value[0] & 0x03) * 90)};
}

std::array<std::uint8_t, 1> write_video_orientation(VideoOrientation orientation) {
  const unsigned quarter_turns = orientation.clockwise_degrees / 90U & 0x03U;
  return bytes_of<1>((orientation.back_camera ? 0x08U : 0U) | (orientation.flipped ? 0x04U : 0U) | quarter_turns);
}

std::optional<PlayoutDelay> parse_playout_delay(ByteView value) {
  if (value.size() != 3) return std::nullopt;
  const auto both = static_cast<std::int64_t>(load_be<3>(value.data()));
  return PlayoutDelay{(both >> 12) * kPlayoutStep, (both & kMaxPlayoutSteps) * kPlayoutStep};
}

std::array<std::uint8_t, 3> write_playout_delay(PlayoutDelay delay) {
  return bytes_of<3>(playout_steps(delay.min) << 12 | playout_steps(delay.max));
}

}  // namespace consomme::wire
