// What signaling says of a simulated browser's streams: the parameters with which it produces, and the sink that an
// offered consumer makes.
#pragma once

#include "sfu/ortc/parameters.h"
#include "sfu/sfu.h"
#include "tests/sim/sink.h"
#include "tests/sim/source.h"

namespace consomme::sim {

// One stream of the router's first video or audio codec, with `ssrc` and, for video, `ssrc` + 1 for its RTX.
struct Described {
  SourceConfig config;
  ortc::RtpParameters parameters;
};
Described describe_source(const ortc::RtpCapabilities& router, bool video, Ssrc ssrc, std::string mid);

SinkConfig describe_sink(const sfu::ConsumerOffer& offer);

// The first codec of a kind, or its RTX codec.
ortc::RtpCodecParameters codec_of(const ortc::RtpCapabilities& router, bool video, bool rtx);
ortc::RtpHeaderExtensionParameters extension(HeaderExtension kind);

}  // namespace consomme::sim
