// The values inside RTP header extensions: each has a parser from the bytes of its element and a writer to bytes ready
// for ExtensionWriter::add. Transmission offset and abs-capture-time only pass through the server, so they have
// neither; the dependency descriptor has a file of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/sequence.h"
#include "base/time.h"

namespace consomme::wire {

// MID, RID and repaired RID (RFC 9143, RFC 8852): text without its zero padding; nullopt when nothing is left.
std::optional<std::string_view> parse_stream_name(ByteView value);
inline ByteView write_stream_name(std::string_view name) {
  return as_bytes(name);
}

// 24 bits of 6.18 fixed point seconds: wraps every 64 s (WebRTC project, abs-send-time).
using AbsSendTime = Strong<struct AbsSendTimeTag, std::uint32_t>;
inline constexpr Duration kAbsSendTimeWrap = 64s;
AbsSendTime abs_send_time(Instant at);
// How much later `to` was sent than `from`, in [-32 s, 32 s).
Duration distance(AbsSendTime from, AbsSendTime to);
std::optional<AbsSendTime> parse_abs_send_time(ByteView value);
std::array<std::uint8_t, 3> write_abs_send_time(AbsSendTime time);

// Counts the packets of a whole transport (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
std::optional<SeqNo> parse_transport_seq(ByteView value);
std::array<std::uint8_t, 2> write_transport_seq(SeqNo seq);

// RFC 6464: how far below full scale the loudest of the packet is, 0 (loudest) to 127 (silence), in dB.
struct AudioLevel {
  bool voice = false;
  std::uint8_t minus_dbov = 127;
  bool operator==(const AudioLevel&) const = default;
};
std::optional<AudioLevel> parse_audio_level(ByteView value);
std::array<std::uint8_t, 1> write_audio_level(AudioLevel level);

// 3GPP TS 26.114 §7.4.5.
struct VideoOrientation {
  bool back_camera = false;
  bool flipped = false;
  std::uint16_t clockwise_degrees = 0;  // 0, 90, 180, 270
  bool operator==(const VideoOrientation&) const = default;
};
std::optional<VideoOrientation> parse_video_orientation(ByteView value);
std::array<std::uint8_t, 1> write_video_orientation(VideoOrientation orientation);

// Limits for the receiver's jitter buffer, in steps of 10 ms up to 40.95 s (WebRTC project, playout-delay).
struct PlayoutDelay {
  Duration min{};
  Duration max{};
  bool operator==(const PlayoutDelay&) const = default;
};
std::optional<PlayoutDelay> parse_playout_delay(ByteView value);
std::array<std::uint8_t, 3> write_playout_delay(PlayoutDelay delay);

}  // namespace consomme::wire
