// The consumer's side of the negotiation: what a producer offers, reduced to what a client can receive.
#include <algorithm>

#include "sfu/ortc/codec_match.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/scalability_mode.h"
#include "sfu/ortc/supported.h"

namespace consomme::ortc {
namespace {

const RtpCodecCapability* find_match(const RtpCapabilities& remote, const RtpCodecParameters& codec) {
  const auto at = std::ranges::find_if(remote.codecs, [&](const auto& theirs) { return matches(theirs, codec); });
  return at == remote.codecs.end() ? nullptr : &*at;
}

bool is_generic_nack(const RtcpFeedback& feedback) {
  return feedback.type == "nack" && feedback.parameter.empty();
}

// The codecs that the client has, with the feedback that it wants. Where nothing is retransmitted, NACK is not offered.
std::vector<RtpCodecParameters> receivable_codecs(const RtpParameters& consumable, const RtpCapabilities& remote,
                                                  bool retransmits) {
  std::vector<RtpCodecParameters> codecs;
  for (const RtpCodecParameters& codec : consumable.codecs) {
    if (!retransmits && is_rtx(codec.mime_type)) continue;
    const RtpCodecCapability* const theirs = find_match(remote, codec);
    if (theirs == nullptr) continue;
    codecs.push_back(codec);
    codecs.back().rtcp_feedback = theirs->rtcp_feedback;
    if (!retransmits) std::erase_if(codecs.back().rtcp_feedback, is_generic_nack);
  }
  return codecs;
}

// Removes the RTX codecs whose media codec the client does not have.
void erase_orphan_rtx(std::vector<RtpCodecParameters>& codecs) {
  std::vector<std::int64_t> payload_types;
  payload_types.reserve(codecs.size());
  for (const RtpCodecParameters& codec : codecs) payload_types.push_back(codec.payload_type.value());
  std::erase_if(codecs, [&payload_types](const RtpCodecParameters& codec) {
    if (!is_rtx(codec.mime_type)) return false;
    const auto apt = codec.parameters.integer("apt");
    return !apt || std::ranges::find(payload_types, *apt) == payload_types.end();
  });
}

std::vector<RtpHeaderExtensionParameters> receivable_extensions(const RtpParameters& consumable,
                                                                const RtpCapabilities& remote) {
  std::vector<RtpHeaderExtensionParameters> extensions = consumable.header_extensions;
  std::erase_if(extensions, [&remote](const RtpHeaderExtensionParameters& ours) {
    return std::ranges::none_of(remote.header_extensions, [&ours](const RtpHeaderExtension& theirs) {
      return theirs.preferred_id == ours.id && theirs.uri == ours.uri;
    });
  });
  return extensions;
}

// One estimator of the bandwidth: transport-wide feedback where packets are numbered for it, else REMB where they carry
// their send time, else none.
void keep_one_bandwidth_feedback(RtpParameters& parameters) {
  const auto has = [&parameters](HeaderExtension extension) {
    return std::ranges::find(parameters.header_extensions, supported(extension).uri,
                             &RtpHeaderExtensionParameters::uri) != parameters.header_extensions.end();
  };
  const bool transport_wide = has(HeaderExtension::kTransportWideCc);
  const bool remb = !transport_wide && has(HeaderExtension::kAbsSendTime);
  for (RtpCodecParameters& codec : parameters.codecs) {
    std::erase_if(codec.rtcp_feedback, [=](const RtcpFeedback& feedback) {
      return (feedback.type == "transport-cc" && !transport_wide) || (feedback.type == "goog-remb" && !remb);
    });
  }
}

// Of simulcast the client sees one stream: each encoding is one of its spatial layers.
std::optional<std::string> merged_scalability_mode(const std::vector<RtpEncodingParameters>& encodings) {
  std::optional<std::string> mode;
  for (const RtpEncodingParameters& encoding : encodings) {
    if (mode || encoding.scalability_mode.value_or("").empty()) continue;
    mode = encoding.scalability_mode;
  }
  if (encodings.size() <= 1) return mode;
  const ScalabilityMode layers = parse_scalability_mode(mode.value_or(""));
  return "L" + std::to_string(encodings.size()) + "T" + std::to_string(layers.temporal_layers);
}

std::optional<Bitrate> largest_max_bitrate(const std::vector<RtpEncodingParameters>& encodings) {
  std::optional<Bitrate> largest;
  for (const RtpEncodingParameters& encoding : encodings) {
    if (encoding.max_bitrate > Bitrate(0)) largest = std::max(largest, encoding.max_bitrate);
  }
  return largest;
}

}  // namespace

bool can_consume(const RtpParameters& consumable, const RtpCapabilities& remote) {
  const auto first = std::ranges::find_if(
      consumable.codecs, [&remote](const RtpCodecParameters& codec) { return find_match(remote, codec) != nullptr; });
  return first != consumable.codecs.end() && is_media(first->mime_type);
}

Result<RtpParameters> consumer_parameters(MediaKind kind, const RtpParameters& consumable,
                                          const RtpCapabilities& remote, Ssrc ssrc, std::string mid) {
  if (!can_consume(consumable, remote)) return refuse(ErrorCode::kUnsupported, "Cannot consume");

  RtpParameters parameters{.mid = std::move(mid),
                           .codecs = receivable_codecs(consumable, remote, kind == MediaKind::kVideo),
                           .header_extensions = receivable_extensions(consumable, remote),
                           .encodings = {},
                           .rtcp = consumable.rtcp,
                           .msid = consumable.msid};
  erase_orphan_rtx(parameters.codecs);
  keep_one_bandwidth_feedback(parameters);

  RtpEncodingParameters encoding;
  encoding.ssrc = ssrc;
  if (std::ranges::any_of(parameters.codecs, [](const auto& codec) { return is_rtx(codec.mime_type); })) {
    encoding.rtx = RtxEncoding{Ssrc(ssrc.value() + 1)};
  }
  encoding.scalability_mode = merged_scalability_mode(consumable.encodings);
  encoding.max_bitrate = largest_max_bitrate(consumable.encodings);
  parameters.encodings.push_back(std::move(encoding));
  return parameters;
}

}  // namespace consomme::ortc
