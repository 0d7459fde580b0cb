// What signaling says of a simulated browser's streams: the parameters with which it produces, and the sink that an
// offered consumer makes.
#pragma once

#include <string>
#include <string_view>

#include "sfu/ortc/parameters.h"
#include "sfu/sfu.h"
#include "tests/sim/sink.h"
#include "tests/sim/source.h"

namespace consomme::sim {

// One stream of a codec such as "video/VP8", with `ssrc` and, for video, `ssrc` + 1 for its RTX. `router`: what it can,
// as far as the client understands it.
struct Described {
  SourceConfig config;
  ortc::RtpParameters parameters;
};
Described describe_source(const ortc::RtpCapabilities& router, std::string_view mime_type, Ssrc ssrc, std::string mid);

SinkConfig describe_sink(const sfu::ConsumerOffer& offer);

ortc::RtpCodecParameters codec_of(const ortc::RtpCapabilities& router, std::string_view mime_type);
ortc::RtpCodecParameters rtx_of(const ortc::RtpCapabilities& router, PayloadType repaired);
ortc::RtpHeaderExtensionParameters extension(HeaderExtension kind);

}  // namespace consomme::sim
