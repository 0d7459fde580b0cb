#include "tests/sim/describe.h"

#include <algorithm>

#include "sfu/ortc/supported.h"

namespace consomme::sim {

ortc::RtpCodecParameters codec_of(const ortc::RtpCapabilities& router, bool video, bool rtx) {
  const auto codec = std::ranges::find_if(router.codecs, [&](const ortc::RtpCodecCapability& c) {
    return (ortc::kind_of(c.mime_type) == ortc::MediaKind::kVideo) == video && ortc::is_rtx(c.mime_type) == rtx;
  });
  return {codec->mime_type,    *codec->preferred_payload_type, codec->clock_rate, codec->channels, codec->parameters,
          codec->rtcp_feedback};
}

ortc::RtpHeaderExtensionParameters extension(HeaderExtension kind) {
  return {std::string(ortc::supported(kind).uri), ortc::supported(kind).id, false, {}};
}

Described describe_source(const ortc::RtpCapabilities& router, bool video, Ssrc ssrc, std::string mid) {
  Described described;
  SourceConfig& config = described.config;
  ortc::RtpParameters& parameters = described.parameters;
  config.ssrc = ssrc;
  config.rtx_ssrc = Ssrc(ssrc.value() + 1);
  config.mid = mid;
  config.video = video;
  parameters.mid = std::move(mid);
  parameters.codecs = {codec_of(router, video, false)};
  config.payload_type = parameters.codecs[0].payload_type;
  parameters.header_extensions = {extension(HeaderExtension::kMid), extension(HeaderExtension::kTransportWideCc)};
  ortc::RtpEncodingParameters& encoding = parameters.encodings.emplace_back();
  encoding.ssrc = config.ssrc;
  if (video) {
    parameters.codecs.push_back(codec_of(router, true, true));
    config.rtx_payload_type = parameters.codecs[1].payload_type;
    encoding.rtx = ortc::RtxEncoding{config.rtx_ssrc};
  } else {
    config.frame_interval = 20ms;
    config.packets_per_frame = 1;
    config.payload_bytes = 100;
    config.clock_rate = 48000;
  }
  return described;
}

SinkConfig describe_sink(const sfu::ConsumerOffer& offer) {
  const ortc::RtpEncodingParameters& encoding = offer.rtp_parameters.encodings.front();
  SinkConfig config{.ssrc = *encoding.ssrc,
                    .rtx_ssrc = {},
                    .payload_type = offer.rtp_parameters.codecs[0].payload_type,
                    .video = offer.kind == ortc::MediaKind::kVideo};
  if (encoding.rtx) config.rtx_ssrc = encoding.rtx->ssrc;
  return config;
}

}  // namespace consomme::sim
