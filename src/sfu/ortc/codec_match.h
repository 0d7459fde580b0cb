// Whether two descriptions of a codec mean the same one. Used between configuration and supported codecs (loosely), and
// between clients and the router (strictly: what a decoder must agree on counts too).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sfu/ortc/parameters.h"

namespace consomme::ortc {

// What capabilities and parameters of a codec have in common. Lives as long as what it was made from.
struct CodecView {
  CodecView(const RtpCodecCapability& codec)
      : mime_type(codec.mime_type), clock_rate(codec.clock_rate), channels(codec.channels), format(codec.parameters) {}
  CodecView(const RtpCodecParameters& codec)
      : mime_type(codec.mime_type), clock_rate(codec.clock_rate), channels(codec.channels), format(codec.parameters) {}

  std::string_view mime_type;
  std::uint32_t clock_rate;
  std::optional<std::uint8_t> channels;
  const FormatParameters& format;
};

// MIME type, clock rate, channels, and the stream layout of multiopus.
bool matches_loosely(const CodecView& a, const CodecView& b);

// And packetization mode and profile of H264, profile of VP9 and AV1.
bool matches(const CodecView& a, const CodecView& b);

}  // namespace consomme::ortc
