#include "tests/sim/describe.h"

#include <algorithm>

#include "base/check.h"
#include "sfu/ortc/supported.h"

namespace consomme::sim {

namespace {

ortc::RtpCodecParameters find(const ortc::RtpCapabilities& router, auto matches) {
  const auto codec = std::ranges::find_if(router.codecs, matches);
  check(codec != router.codecs.end(), "the router has this codec");
  return {codec->mime_type,    *codec->preferred_payload_type, codec->clock_rate, codec->channels, codec->parameters,
          codec->rtcp_feedback};
}

bool has(const ortc::RtpCapabilities& router, HeaderExtension kind) {
  return std::ranges::any_of(router.header_extensions,
                             [&](const auto& e) { return e.uri == ortc::supported(kind).uri; });
}

}  // namespace

ortc::RtpCodecParameters codec_of(const ortc::RtpCapabilities& router, std::string_view mime_type) {
  return find(router, [&](const ortc::RtpCodecCapability& c) { return ortc::same_mime_type(c.mime_type, mime_type); });
}

ortc::RtpCodecParameters rtx_of(const ortc::RtpCapabilities& router, PayloadType repaired) {
  return find(router, [&](const ortc::RtpCodecCapability& c) {
    return ortc::is_rtx(c.mime_type) && c.parameters.integer("apt") == repaired.value();
  });
}

ortc::RtpHeaderExtensionParameters extension(HeaderExtension kind) {
  return {std::string(ortc::supported(kind).uri), ortc::supported(kind).id, false, {}};
}

Described describe_source(const ortc::RtpCapabilities& router, std::string_view mime_type, Ssrc ssrc, std::string mid) {
  Described described;
  SourceConfig& config = described.config;
  ortc::RtpParameters& parameters = described.parameters;
  config.ssrc = ssrc;
  config.rtx_ssrc = Ssrc(ssrc.value() + 1);
  config.mid = mid;
  config.video = ortc::kind_of(mime_type) == ortc::MediaKind::kVideo;
  parameters.mid = std::move(mid);
  parameters.codecs = {codec_of(router, mime_type)};
  config.payload_type = parameters.codecs[0].payload_type;
  config.numbered = has(router, HeaderExtension::kTransportWideCc);
  const HeaderExtension departure = config.numbered ? HeaderExtension::kTransportWideCc : HeaderExtension::kAbsSendTime;
  parameters.header_extensions = {extension(HeaderExtension::kMid), extension(departure)};
  ortc::RtpEncodingParameters& encoding = parameters.encodings.emplace_back();
  encoding.ssrc = config.ssrc;
  if (config.video) {
    parameters.codecs.push_back(rtx_of(router, config.payload_type));
    if (ortc::same_mime_type(mime_type, "video/AV1"))
      parameters.header_extensions.push_back(extension(HeaderExtension::kDependencyDescriptor));
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
                    .codec = *wire::codec_from_mime(offer.rtp_parameters.codecs[0].mime_type),
                    .video = offer.kind == ortc::MediaKind::kVideo};
  if (encoding.rtx) config.rtx_ssrc = encoding.rtx->ssrc;
  if (const auto* const red = ortc::find_red_codec(offer.rtp_parameters)) config.red_payload_type = red->payload_type;
  return config;
}

}  // namespace consomme::sim
