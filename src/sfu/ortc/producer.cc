// The producer's side of the negotiation: what a client sends, translated into the router's names.
#include <algorithm>
#include <array>

#include "sfu/ortc/codec_match.h"
#include "sfu/ortc/h264_profile.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/scalability_mode.h"
#include "sfu/ortc/supported.h"
#include "sfu/ortc/validate.h"

namespace consomme::ortc {
namespace {

std::string codec_path(const RtpParameters& parameters, const RtpCodecParameters& codec) {
  return "rtpParameters.codecs[" + std::to_string(&codec - parameters.codecs.data()) + "]";
}

std::string encoding_path(std::size_t index) {
  return "rtpParameters.encodings[" + std::to_string(index) + "]";
}

const RtpCodecCapability* find_media(const RtpCapabilities& router, const RtpCodecParameters& codec) {
  const auto at = std::ranges::find_if(router.codecs, [&](const auto& ours) { return matches(codec, ours); });
  return at == router.codecs.end() ? nullptr : &*at;
}

const RtpCodecCapability* find_rtx(const RtpCapabilities& router, PayloadType media) {
  const auto at = std::ranges::find_if(router.codecs, [media](const RtpCodecCapability& codec) {
    return is_rtx(codec.mime_type) && codec.parameters.integer("apt") == media.value();
  });
  return at == router.codecs.end() ? nullptr : &*at;
}

const RtpCodecCapability* find_red(const RtpCapabilities& router) {
  const auto at = std::ranges::find_if(router.codecs, is_red, &RtpCodecCapability::mime_type);
  return at == router.codecs.end() ? nullptr : &*at;
}

const RtpCodecCapability* find_payload_type(const RtpCapabilities& router, PayloadType payload_type) {
  const auto at = std::ranges::find(router.codecs, payload_type, &RtpCodecCapability::preferred_payload_type);
  return at == router.codecs.end() ? nullptr : &*at;
}

Result<void> judge_kind(MediaKind kind, const RtpParameters& parameters) {
  for (const RtpCodecParameters& codec : parameters.codecs) {
    if (kind_of(codec.mime_type) != kind) {
      return invalid(codec_path(parameters, codec) + ".mimeType must be of kind " + std::string(to_string(kind)));
    }
  }
  return {};
}

// Redundant audio is that of the first codec.
Result<void> judge_redundancy(const RtpParameters& parameters) {
  const RtpCodecParameters* const red = find_red_codec(parameters);
  const RtpCodecParameters* const media = media_codec(parameters, parameters.encodings.front());
  if (red == nullptr || same_mime_type(media->mime_type, "audio/opus")) return {};
  return refuse(ErrorCode::kUnsupported, codec_path(parameters, *red) + " must be beside audio/opus");
}

// A stream is found by its SSRC, its RID or, alone on its MID, by that.
Result<void> judge_how_streams_are_found(const RtpParameters& parameters) {
  const bool found_by_mid = parameters.encodings.size() == 1 && !parameters.mid.value_or("").empty();
  for (std::size_t i = 0; i < parameters.encodings.size(); ++i) {
    const RtpEncodingParameters& encoding = parameters.encodings[i];
    if (encoding.ssrc || encoding.rid || found_by_mid) continue;
    return invalid(encoding_path(i) + " must have an ssrc or a rid" +
                   (parameters.encodings.size() == 1 ? ", or rtpParameters a mid" : ""));
  }
  return {};
}

// Which codecs may come as several streams, and as several layers in one: those whose layers we can tell apart.
constexpr std::array<std::string_view, 4> kLayeredCodecs{"video/VP8", "video/H264", "video/VP9", "video/AV1"};

Result<ProducerType> judge_layers(const RtpParameters& parameters) {
  const std::string& codec = media_codec(parameters, parameters.encodings.front())->mime_type;
  const bool layered =
      std::ranges::any_of(kLayeredCodecs, [&codec](std::string_view name) { return same_mime_type(name, codec); });
  if (parameters.encodings.size() > 1 && !layered) {
    return refuse(ErrorCode::kUnsupported, "rtpParameters.encodings must hold one encoding for " + codec);
  }
  ProducerType type = parameters.encodings.size() > 1 ? ProducerType::kSimulcast : ProducerType::kSimple;
  for (std::size_t i = 0; i < parameters.encodings.size(); ++i) {
    const ScalabilityMode mode = parse_scalability_mode(parameters.encodings[i].scalability_mode.value_or(""));
    const std::string path = encoding_path(i) + ".scalabilityMode";
    if (type == ProducerType::kSimulcast && mode.spatial_layers > 1) {
      return invalid(path + " must have one spatial layer, since there are several encodings");
    }
    if (type == ProducerType::kSimulcast || (mode.spatial_layers == 1 && mode.temporal_layers == 1)) continue;
    if (!layered) {
      return refuse(ErrorCode::kUnsupported, path + " must have one layer for " + codec);
    }
    type = ProducerType::kSvc;
  }
  return type;
}

void answer_h264_level(RtpCodecParameters& codec, const RtpCodecCapability& ours) {
  if (!same_mime_type(codec.mime_type, "video/H264")) return;
  if (const auto answer = answer_profile_level_id(codec.parameters, ours.parameters)) {
    codec.parameters.set("profile-level-id", *answer);
  } else {
    codec.parameters.erase("profile-level-id");
  }
}

// Media codecs first, since an RTX codec translates by the media codec that it repairs.
Result<std::vector<ProducerMapping::Codec>> map_codecs(RtpParameters& parameters, const RtpCapabilities& router) {
  std::vector<ProducerMapping::Codec> mapping;
  for (RtpCodecParameters& codec : parameters.codecs) {
    if (is_rtx(codec.mime_type)) continue;
    const RtpCodecCapability* const ours = find_media(router, codec);
    if (ours == nullptr) {
      return refuse(ErrorCode::kUnsupported, codec_path(parameters, codec) + ": the router does not have " +
                                                 codec.mime_type + " with these parameters");
    }
    answer_h264_level(codec, *ours);
    mapping.push_back({codec.payload_type, *ours->preferred_payload_type});
  }
  for (const RtpCodecParameters& codec : parameters.codecs) {
    if (!is_rtx(codec.mime_type)) continue;
    const auto media = std::ranges::find_if(mapping, [&codec](const ProducerMapping::Codec& entry) {
      return codec.parameters.integer("apt") == entry.payload_type.value();
    });
    const RtpCodecCapability* const ours =
        media == mapping.end() ? nullptr : find_rtx(router, media->mapped_payload_type);
    if (ours == nullptr) {
      return refuse(ErrorCode::kUnsupported,
                    codec_path(parameters, codec) + ": the router has no RTX for the codec that it repairs");
    }
    mapping.push_back({codec.payload_type, *ours->preferred_payload_type});
  }
  return mapping;
}

std::vector<ProducerMapping::Encoding> map_encodings(const RtpParameters& parameters, Ssrc first_mapped_ssrc) {
  std::vector<ProducerMapping::Encoding> mapping;
  mapping.reserve(parameters.encodings.size());
  std::uint32_t mapped_ssrc = first_mapped_ssrc.value();
  for (const RtpEncodingParameters& encoding : parameters.encodings) {
    mapping.push_back({.ssrc = encoding.ssrc, .rid = encoding.rid, .mapped_ssrc = Ssrc(mapped_ssrc++)});
  }
  return mapping;
}

RtpCodecParameters as_parameters(const RtpCodecCapability& codec) {
  return {.mime_type = codec.mime_type,
          .payload_type = *codec.preferred_payload_type,
          .clock_rate = codec.clock_rate,
          .channels = codec.channels,
          .parameters = codec.parameters,
          .rtcp_feedback = codec.rtcp_feedback};
}

// The router's codecs with the producer's own codec parameters, behind each the RTX codec that the router has
// for it; behind Opus, if that comes first, its redundant audio, whether the producer sends it or not.
std::vector<RtpCodecParameters> consumable_codecs(const NegotiatedProducer& producer, const RtpCapabilities& router) {
  std::vector<RtpCodecParameters> codecs;
  for (const ProducerMapping::Codec& entry : producer.mapping.codecs) {
    const RtpCodecParameters& theirs = *find_codec(producer.parameters, entry.payload_type);
    if (!is_media(theirs.mime_type)) continue;
    RtpCodecParameters codec = as_parameters(*find_payload_type(router, entry.mapped_payload_type));
    codec.parameters = theirs.parameters;
    const bool is_opus = codecs.empty() && same_mime_type(theirs.mime_type, "audio/opus");
    codecs.push_back(std::move(codec));
    if (const RtpCodecCapability* const red = find_red(router); is_opus && red != nullptr) {
      codecs.push_back(as_parameters(*red));
    }
    if (const RtpCodecCapability* const rtx = find_rtx(router, entry.mapped_payload_type)) {
      codecs.push_back(as_parameters(*rtx));
    }
  }
  return codecs;
}

std::vector<RtpHeaderExtensionParameters> consumable_extensions(MediaKind kind, const RtpParameters& parameters,
                                                                const RtpCapabilities& router) {
  // What is forwarded as it came cannot be promised where the producer does not send it. A dependency descriptor says
  // what is forwarded of AV1; of other codecs it would contradict it (docs/decisions/0007).
  const auto has = [&parameters](std::string_view uri) {
    return std::ranges::find(parameters.header_extensions, uri, &RtpHeaderExtensionParameters::uri) !=
           parameters.header_extensions.end();
  };
  const std::string_view abs_capture_time = supported(HeaderExtension::kAbsCaptureTime).uri;
  const std::string_view descriptor = supported(HeaderExtension::kDependencyDescriptor).uri;
  const bool is_av1 = same_mime_type(parameters.codecs.front().mime_type, "video/AV1");
  const auto is_fit = [&](std::string_view uri) {
    if (uri == abs_capture_time) return has(uri);
    return uri != descriptor || (is_av1 && has(uri));
  };
  std::vector<RtpHeaderExtensionParameters> extensions;
  for (const RtpHeaderExtension& ours : router.header_extensions) {
    const bool is_sent = ours.direction == Direction::kSendRecv || ours.direction == Direction::kSendOnly;
    if (ours.kind != kind || !is_sent || !is_fit(ours.uri)) continue;
    extensions.push_back(
        {.uri = ours.uri, .id = ours.preferred_id, .encrypt = ours.preferred_encrypt, .parameters = {}});
  }
  return extensions;
}

std::vector<RtpEncodingParameters> consumable_encodings(const NegotiatedProducer& producer) {
  std::vector<RtpEncodingParameters> encodings = producer.parameters.encodings;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    encodings[i].ssrc = producer.mapping.encodings[i].mapped_ssrc;
    encodings[i].rid.reset();
    encodings[i].rtx.reset();
    encodings[i].codec_payload_type.reset();
  }
  return encodings;
}

RtpParameters consumable_parameters(MediaKind kind, const NegotiatedProducer& producer, const RtpCapabilities& router) {
  RtpParameters consumable;
  consumable.codecs = consumable_codecs(producer, router);
  consumable.header_extensions = consumable_extensions(kind, producer.parameters, router);
  consumable.encodings = consumable_encodings(producer);
  consumable.rtcp.cname = producer.parameters.rtcp.cname;
  consumable.msid = producer.parameters.msid;
  return consumable;
}

}  // namespace

Result<NegotiatedProducer> negotiate_producer(MediaKind kind, RtpParameters parameters, const RtpCapabilities& router,
                                              Ssrc first_mapped_ssrc) {
  auto validated = validate(std::move(parameters));
  if (!validated) return std::unexpected(std::move(validated.error()));
  NegotiatedProducer producer;
  producer.parameters = *std::move(validated);
  if (producer.parameters.encodings.empty()) producer.parameters.encodings.emplace_back();

  auto judged = judge_kind(kind, producer.parameters);
  if (judged) judged = judge_redundancy(producer.parameters);
  if (judged) judged = judge_how_streams_are_found(producer.parameters);
  if (!judged) return std::unexpected(std::move(judged.error()));
  const auto type = judge_layers(producer.parameters);
  if (!type) return std::unexpected(type.error());
  auto codecs = map_codecs(producer.parameters, router);
  if (!codecs) return std::unexpected(std::move(codecs.error()));

  producer.type = *type;
  producer.mapping = {*std::move(codecs), map_encodings(producer.parameters, first_mapped_ssrc)};
  producer.consumable = consumable_parameters(kind, producer, router);
  return producer;
}

Ssrc choose_ssrc(Rng& rng) {
  constexpr std::uint64_t kLowest = 100'000'000;  // clear of the numbers that clients reserve (the probator's is 1234)
  constexpr std::uint64_t kChoices = 4'000'000'000;
  return Ssrc(static_cast<std::uint32_t>(kLowest + rng.below(kChoices)));
}

std::string resolve_cname(const std::string& in_force, const RtcpParameters& given, Rng& rng) {
  constexpr std::size_t kCharacters = 8;
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuv";
  if (!in_force.empty()) return in_force;
  if (given.cname && !given.cname->empty()) return *given.cname;
  std::string cname;
  for (std::size_t i = 0; i < kCharacters; ++i) cname += kAlphabet[rng.below(kAlphabet.size())];
  return cname;
}

}  // namespace consomme::ortc
