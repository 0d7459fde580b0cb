#include "sfu/runtime/setup_from_ortc.h"

#include <algorithm>

#include "sfu/ortc/supported.h"

namespace consomme::sfu {

namespace {

bool has_feedback(const ortc::RtpCodecParameters& codec, std::string_view type, std::string_view parameter) {
  return std::ranges::any_of(codec.rtcp_feedback,
                             [&](const auto& fb) { return fb.type == type && fb.parameter == parameter; });
}

std::optional<PayloadType> repaired(const ortc::RtpCodecParameters& codec) {
  if (!ortc::is_rtx(codec.mime_type)) return std::nullopt;
  const auto apt = codec.parameters.integer("apt");
  if (!apt) return std::nullopt;
  return PayloadType(static_cast<std::uint8_t>(*apt));
}

router::PayloadSetup payload_setup(const ortc::RtpCodecParameters& codec, const ortc::ProducerMapping& mapping) {
  const auto mapped =
      std::ranges::find(mapping.codecs, codec.payload_type, &ortc::ProducerMapping::Codec::payload_type);
  return {
      .incoming = codec.payload_type,
      .mapped = mapped == mapping.codecs.end() ? codec.payload_type : mapped->mapped_payload_type,
      .codec = wire::codec_from_mime(codec.mime_type).value_or(wire::Codec::kRtx),
      .clock_rate = codec.clock_rate,
      .repairs = repaired(codec),
  };
}

router::StreamSetup stream_setup(const ortc::RtpEncodingParameters& encoding) {
  router::StreamSetup setup{.ssrc = encoding.ssrc, .rtx_ssrc = {}, .rid = encoding.rid.value_or("")};
  if (encoding.rtx) setup.rtx_ssrc = encoding.rtx->ssrc;
  return setup;
}

// Where the router has redundant audio for what is produced.
std::optional<media::RedConfig> red_config(const ortc::NegotiatedProducer& negotiated) {
  if (ortc::find_red_codec(negotiated.consumable) == nullptr) return std::nullopt;
  const ortc::RtpCodecParameters* const theirs = ortc::find_red_codec(negotiated.parameters);
  const ortc::RtpParameters& consumable = negotiated.consumable;
  return media::RedConfig{
      .incoming = theirs == nullptr ? std::nullopt : std::optional(theirs->payload_type),
      .block = ortc::media_codec(consumable, consumable.encodings.front())->payload_type,
  };
}

// Random below 2^15, not 0: a receiver takes the rollover counter of a new stream to be 0, and a loss right at the
// start must not cross the wrap (RFC 3711 §3.3.1).
SeqNo first_sequence_number(Rng& rng) {
  return SeqNo(static_cast<std::uint16_t>(1 + rng.below(0x7fff)));
}

}  // namespace

router::ProducerSetup producer_setup(ProducerId id, ortc::MediaKind kind, const ortc::NegotiatedProducer& negotiated,
                                     bool paused) {
  const ortc::RtpParameters& parameters = negotiated.parameters;
  const ortc::RtpCodecParameters& main = *ortc::media_codec(parameters, parameters.encodings.front());
  router::ProducerSetup setup;
  setup.producer = id;
  setup.video = kind == ortc::MediaKind::kVideo;
  setup.paused = paused;
  setup.mid = parameters.mid.value_or("");
  for (const auto& codec : parameters.codecs) setup.payloads.push_back(payload_setup(codec, negotiated.mapping));
  for (const auto& encoding : parameters.encodings) setup.streams.push_back(stream_setup(encoding));
  for (const auto& extension : parameters.header_extensions)
    if (const auto known = ortc::extension_of(extension.uri)) setup.extensions.set(extension.id, *known);
  setup.cname = parameters.rtcp.cname.value_or("");
  setup.nack = has_feedback(main, "nack", "");
  setup.pli = has_feedback(main, "nack", "pli");
  setup.fir = has_feedback(main, "ccm", "fir");
  setup.transport_cc = has_feedback(main, "transport-cc", "");
  setup.red = red_config(negotiated);
  return setup;
}

router::ConsumerSetup consumer_setup(const ConsumerNames& names, const ortc::RtpParameters& parameters, Rng& rng) {
  const ortc::RtpEncodingParameters& encoding = parameters.encodings.front();
  const ortc::RtpCodecParameters& codec = parameters.codecs.front();
  router::ConsumerSetup setup;
  setup.consumer = names.consumer;
  setup.producer = names.producer;
  setup.video = names.kind == ortc::MediaKind::kVideo;
  setup.paused = names.paused;
  setup.header.ssrc = *encoding.ssrc;
  setup.header.payload_type = codec.payload_type;
  if (const auto* const rtx = ortc::find_rtx_codec(parameters, codec.payload_type); rtx != nullptr && encoding.rtx) {
    setup.header.rtx = media::RtxHeader{encoding.rtx->ssrc, rtx->payload_type};
  }
  if (const auto* const red = ortc::find_red_codec(parameters)) setup.header.red = red->payload_type;
  setup.header.mid = media::Mid(parameters.mid.value_or(""));
  for (const auto& extension : parameters.header_extensions)
    if (const auto known = ortc::extension_of(extension.uri)) setup.header.extensions.add(*known);
  setup.codec = wire::codec_from_mime(codec.mime_type).value_or(wire::Codec::kOpus);
  setup.clock_rate = codec.clock_rate;
  setup.nack = has_feedback(codec, "nack", "");
  setup.cname = parameters.rtcp.cname.value_or("");
  setup.first_seq = first_sequence_number(rng);
  setup.first_rtx_seq = first_sequence_number(rng);
  setup.first_timestamp = RtpTimestamp(rng.u32());
  return setup;
}

}  // namespace consomme::sfu
