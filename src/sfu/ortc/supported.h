// The tables of what a router can forward: codecs with their feedback, header extensions with their ids. Constant data;
// negotiate.h selects from it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/header_extension.h"
#include "sfu/ortc/parameters.h"

namespace consomme::ortc {

// One header extension as the router offers it, its directions seen from the router. nullopt: not offered for that
// kind.
struct SupportedExtension {
  HeaderExtension extension;
  std::string_view uri;
  ExtensionId id;
  std::optional<Direction> audio;
  std::optional<Direction> video;
};

inline constexpr std::array<SupportedExtension, kHeaderExtensionCount> kSupportedExtensions{{
    {HeaderExtension::kMid, "urn:ietf:params:rtp-hdrext:sdes:mid", ExtensionId(1), Direction::kSendRecv,
     Direction::kSendRecv},
    {HeaderExtension::kRtpStreamId, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", ExtensionId(2), std::nullopt,
     Direction::kRecvOnly},
    {HeaderExtension::kRepairedRtpStreamId, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", ExtensionId(3),
     std::nullopt, Direction::kRecvOnly},
    {HeaderExtension::kAbsSendTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", ExtensionId(4),
     Direction::kSendRecv, Direction::kSendRecv},
    {HeaderExtension::kTransportWideCc, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
     ExtensionId(5), Direction::kRecvOnly, Direction::kSendRecv},
    {HeaderExtension::kAudioLevel, "urn:ietf:params:rtp-hdrext:ssrc-audio-level", ExtensionId(6), Direction::kSendRecv,
     std::nullopt},
    {HeaderExtension::kDependencyDescriptor,
     "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", ExtensionId(7),
     std::nullopt, Direction::kSendRecv},
    {HeaderExtension::kVideoOrientation, "urn:3gpp:video-orientation", ExtensionId(8), std::nullopt,
     Direction::kSendRecv},
    {HeaderExtension::kTransmissionOffset, "urn:ietf:params:rtp-hdrext:toffset", ExtensionId(9), std::nullopt,
     Direction::kSendRecv},
    {HeaderExtension::kAbsCaptureTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", ExtensionId(10),
     Direction::kSendRecv, Direction::kSendRecv},
    {HeaderExtension::kPlayoutDelay, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", ExtensionId(11),
     Direction::kSendRecv, Direction::kSendRecv},
}};

constexpr bool in_enum_order(const std::array<SupportedExtension, kHeaderExtensionCount>& table) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].extension) != i) return false;
  return true;
}
static_assert(in_enum_order(kSupportedExtensions), "the table is indexed by HeaderExtension");

constexpr const SupportedExtension& supported(HeaderExtension extension) {
  return kSupportedExtensions[static_cast<std::size_t>(extension)];
}
// nullopt for an extension that we do not know.
std::optional<HeaderExtension> extension_of(std::string_view uri);

// Every codec that a router can be configured with, without payload types except the static ones (RFC 3551 §6).
std::vector<RtpCodecCapability> supported_codecs();

// What a router forwards unless configured otherwise, as parse_media_codec() reads it. Of each kind, the first is what
// clients send by default.
inline constexpr std::array<std::string_view, 7> kDefaultMediaCodecs{
    "audio/opus",
    "video/VP8",
    "video/VP9;profile-id=0",
    "video/VP9;profile-id=2",
    "video/H264;packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1",
    "video/H264;packetization-mode=1;profile-level-id=4d0032;level-asymmetry-allowed=1",
    "video/AV1",
};

// One configured codec: "[audio/|video/]name[/clock-rate[/channels]][;name=value]...", what is left out is taken from
// the first supported codec of that name. Errors: kInvalid for the form, kUnsupported for the codec.
Result<RtpCodecCapability> parse_media_codec(std::string_view text);

}  // namespace consomme::ortc
