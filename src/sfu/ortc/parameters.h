// What two ends negotiate about RTP, in the nouns of ORTC (https://draft.ortc.org §9) as mediasoup-client sends and
// expects them. Plain values: server/json reads and writes them, validate.h fills their defaults and judges them,
// negotiate.h computes with them. Wherever a value comes from outside it is validated first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "sfu/ortc/format_parameters.h"

namespace consomme::ortc {

enum class MediaKind : std::uint8_t { kAudio, kVideo };

// "audio", "video".
std::string_view to_string(MediaKind kind);
// The kind in a MIME type such as "video/VP8", in any case; nullopt if it is neither audio nor video, or names no
// codec.
std::optional<MediaKind> kind_of(std::string_view mime_type);
// Whether two MIME types are the same (they have no case, RFC 2045 §5.1).
bool same_mime_type(std::string_view a, std::string_view b);
// Whether this is the codec of a retransmission stream (RFC 4588).
bool is_rtx(std::string_view mime_type);
// Whether this is redundant audio (RFC 2198), which holds sound of another codec.
bool is_red(std::string_view mime_type);
// Whether it is neither.
bool is_media(std::string_view mime_type);

// "nack" + "pli", "transport-cc" + "" (RFC 4585 §4.2).
struct RtcpFeedback {
  std::string type;
  std::string parameter;
  bool operator==(const RtcpFeedback&) const = default;
};

struct RtpCodecCapability {
  std::string mime_type;
  std::optional<PayloadType> preferred_payload_type;
  std::uint32_t clock_rate = 0;          // Hz
  std::optional<std::uint8_t> channels;  // audio only, where it is always present after validation
  FormatParameters parameters;
  std::vector<RtcpFeedback> rtcp_feedback;
  bool operator==(const RtpCodecCapability&) const = default;
};

enum class Direction : std::uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };

struct RtpHeaderExtension {
  MediaKind kind = MediaKind::kAudio;
  std::string uri;
  ExtensionId preferred_id;
  bool preferred_encrypt = false;
  Direction direction = Direction::kSendRecv;  // as seen from the end whose capabilities these are
  bool operator==(const RtpHeaderExtension&) const = default;
};

struct RtpCapabilities {
  std::vector<RtpCodecCapability> codecs;
  std::vector<RtpHeaderExtension> header_extensions;
  bool operator==(const RtpCapabilities&) const = default;
};

struct RtpCodecParameters {
  std::string mime_type;
  PayloadType payload_type;
  std::uint32_t clock_rate = 0;          // Hz
  std::optional<std::uint8_t> channels;  // audio only, where it is always present after validation
  FormatParameters parameters;
  std::vector<RtcpFeedback> rtcp_feedback;
  bool operator==(const RtpCodecParameters&) const = default;
};

struct RtpHeaderExtensionParameters {
  std::string uri;
  ExtensionId id;
  bool encrypt = false;
  FormatParameters parameters;
  bool operator==(const RtpHeaderExtensionParameters&) const = default;
};

struct RtxEncoding {
  Ssrc ssrc;
  bool operator==(const RtxEncoding&) const = default;
};

// One stream of a sender: of simulcast there are several, else one.
struct RtpEncodingParameters {
  std::optional<Ssrc> ssrc;
  std::optional<std::string> rid;                 // RFC 8851
  std::optional<PayloadType> codec_payload_type;  // absent: the first media codec
  std::optional<RtxEncoding> rtx;
  std::optional<bool> dtx;                      // always present after validation
  std::optional<std::string> scalability_mode;  // "L1T3"; see scalability_mode.h
  std::optional<Bitrate> max_bitrate;
  bool operator==(const RtpEncodingParameters&) const = default;
};

struct RtcpParameters {
  std::optional<std::string> cname;
  bool reduced_size = true;  // RFC 5506
  bool operator==(const RtcpParameters&) const = default;
};

struct RtpParameters {
  std::optional<std::string> mid;  // RFC 9143
  std::vector<RtpCodecParameters> codecs;
  std::vector<RtpHeaderExtensionParameters> header_extensions;
  std::vector<RtpEncodingParameters> encodings;
  RtcpParameters rtcp;
  std::optional<std::string> msid;  // RFC 8830
  bool operator==(const RtpParameters&) const = default;
};

// The codec of `parameters` with this payload type; nullptr if there is none.
const RtpCodecParameters* find_codec(const RtpParameters& parameters, PayloadType payload_type);
// The RTX codec that repairs `media` (its apt, RFC 4588 §8.6); nullptr if there is none.
const RtpCodecParameters* find_rtx_codec(const RtpParameters& parameters, PayloadType media);
// The codec of redundant audio; nullptr if there is none.
const RtpCodecParameters* find_red_codec(const RtpParameters& parameters);
// The media codec of an encoding: the one it names, else the first. nullptr if there is none.
const RtpCodecParameters* media_codec(const RtpParameters& parameters, const RtpEncodingParameters& encoding);

}  // namespace consomme::ortc
