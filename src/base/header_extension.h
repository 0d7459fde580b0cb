// The RTP header extensions that the server knows, by name. Negotiation (sfu/ortc) gives each a URI and an id, the wire
// format (sfu/wire) gives each a shape; both speak of them with this enum, since neither may include the other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace consomme {

enum class HeaderExtension : std::uint8_t {
  kMid,                   // urn:ietf:params:rtp-hdrext:sdes:mid (RFC 9143)
  kRtpStreamId,           // RFC 8852
  kRepairedRtpStreamId,   // RFC 8852
  kAbsSendTime,           // WebRTC project
  kTransportWideCc,       // draft-holmer-rmcat-transport-wide-cc-extensions-01
  kAudioLevel,            // RFC 6464
  kDependencyDescriptor,  // AV1 RTP payload format, Appendix A
  kVideoOrientation,      // 3GPP TS 26.114
  kTransmissionOffset,    // RFC 5450
  kAbsCaptureTime,        // WebRTC project
  kPlayoutDelay,          // WebRTC project
  kCount,
};

inline constexpr std::size_t kHeaderExtensionCount = static_cast<std::size_t>(HeaderExtension::kCount);

}  // namespace consomme
