#include "sfu/ortc/validate.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>

namespace consomme::ortc {
namespace {

constexpr std::size_t kMaxCnameBytes = 255;
constexpr std::size_t kMaxEncodings = 8;  // what the media plane keeps apart; browsers send up to three

// An empty Result<void> stands for "nothing wrong"; each judge names the first thing that is.
using Verdict = Result<void>;

std::string element(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// Of a codec of capabilities or of parameters: fills the channels, judges the rest.
template <class Codec>
Verdict normalise_codec(Codec& codec, const std::string& path) {
  const std::optional<MediaKind> kind = kind_of(codec.mime_type);
  if (!kind) return invalid(path + ".mimeType must be \"audio/...\" or \"video/...\"");
  if (codec.clock_rate == 0) return invalid(path + ".clockRate must be a positive integer");
  if (*kind == MediaKind::kVideo) {
    codec.channels.reset();
  } else if (!codec.channels) {
    codec.channels = 1;
  }
  if (codec.parameters.find("apt") != nullptr && !codec.parameters.integer("apt")) {
    return invalid(path + ".parameters.apt must be an integer");
  }
  for (std::size_t i = 0; i < codec.rtcp_feedback.size(); ++i) {
    if (codec.rtcp_feedback[i].type.empty()) {
      return invalid(element(path + ".rtcpFeedback", i) + ".type must not be empty");
    }
  }
  return {};
}

template <class Codec>
Verdict normalise_codecs(std::vector<Codec>& codecs, const std::string& path) {
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (Verdict verdict = normalise_codec(codecs[i], element(path, i)); !verdict) return verdict;
  }
  return {};
}

template <class Extension>
Verdict judge_uris(const std::vector<Extension>& extensions, const std::string& path) {
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    if (extensions[i].uri.empty()) return invalid(element(path, i) + ".uri must not be empty");
  }
  return {};
}

Verdict judge_payload_types(const RtpParameters& parameters) {
  bool has_media_codec = false;
  std::bitset<256> seen;
  for (std::size_t i = 0; i < parameters.codecs.size(); ++i) {
    const RtpCodecParameters& codec = parameters.codecs[i];
    const std::string path = element("rtpParameters.codecs", i);
    if (seen.test(codec.payload_type.value())) return invalid(path + ".payloadType must not be given twice");
    seen.set(codec.payload_type.value());
    has_media_codec |= is_media(codec.mime_type);
  }
  if (!has_media_codec) return invalid("rtpParameters.codecs must hold at least one media codec");
  return {};
}

// RFC 4588 §8.6: apt names the payload type of the codec that is repaired.
Verdict judge_rtx_codecs(const RtpParameters& parameters) {
  for (std::size_t i = 0; i < parameters.codecs.size(); ++i) {
    const RtpCodecParameters& codec = parameters.codecs[i];
    if (!is_rtx(codec.mime_type)) continue;
    const auto apt = codec.parameters.integer("apt");
    const bool repairs_media = std::ranges::any_of(parameters.codecs, [&](const RtpCodecParameters& media) {
      return is_media(media.mime_type) && media.payload_type.value() == apt;
    });
    if (!repairs_media) {
      return invalid(element("rtpParameters.codecs", i) + ".parameters.apt must be the payload type of a media codec");
    }
  }
  return {};
}

Verdict judge_extension_ids(const RtpParameters& parameters) {
  std::bitset<256> seen;
  for (std::size_t i = 0; i < parameters.header_extensions.size(); ++i) {
    const std::size_t id = parameters.header_extensions[i].id.value();
    const std::string path = element("rtpParameters.headerExtensions", i);
    if (id == 0) return invalid(path + ".id must not be 0");  // RFC 8285 §4.2: padding
    if (seen.test(id)) return invalid(path + ".id must not be given twice");
    seen.set(id);
  }
  return {};
}

// RFC 3550 §6.5: the length of a source description item is one byte.
Verdict judge_cname(const RtpParameters& parameters) {
  if (parameters.rtcp.cname.value_or("").size() <= kMaxCnameBytes) return {};
  return invalid("rtpParameters.rtcp.cname must have at most 255 bytes");
}

// The encodings are few, so that comparing each with those before it is the quickest.
Verdict judge_encodings(const RtpParameters& parameters) {
  if (parameters.encodings.size() > kMaxEncodings) return invalid("rtpParameters.encodings must hold at most 8");
  std::vector<Ssrc> ssrcs;
  std::vector<std::string_view> rids;
  const auto is_new = [](auto& seen, const auto& value) {
    if (std::ranges::find(seen, value) != seen.end()) return false;
    seen.push_back(value);
    return true;
  };
  for (std::size_t i = 0; i < parameters.encodings.size(); ++i) {
    const RtpEncodingParameters& encoding = parameters.encodings[i];
    const std::string path = element("rtpParameters.encodings", i);
    if (encoding.ssrc && !is_new(ssrcs, *encoding.ssrc)) return invalid(path + ".ssrc must not be given twice");
    if (encoding.rtx && !is_new(ssrcs, encoding.rtx->ssrc)) return invalid(path + ".rtx.ssrc must not be given twice");
    if (encoding.rid && !is_new(rids, std::string_view(*encoding.rid))) {
      return invalid(path + ".rid must not be given twice");
    }
    if (media_codec(parameters, encoding) == nullptr) {
      return invalid(path + ".codecPayloadType must be the payload type of a media codec");
    }
  }
  return {};
}

// In the order in which they rely on each other.
constexpr std::array kParameterJudges{judge_payload_types, judge_rtx_codecs, judge_extension_ids, judge_cname,
                                      judge_encodings};

}  // namespace

Result<RtpCapabilities> validate(RtpCapabilities capabilities) {
  Verdict verdict = normalise_codecs(capabilities.codecs, "rtpCapabilities.codecs");
  if (verdict) verdict = judge_uris(capabilities.header_extensions, "rtpCapabilities.headerExtensions");
  if (!verdict) return std::unexpected(std::move(verdict.error()));
  return capabilities;
}

Result<RtpParameters> validate(RtpParameters parameters) {
  for (RtpEncodingParameters& encoding : parameters.encodings) encoding.dtx = encoding.dtx.value_or(false);
  Verdict verdict = normalise_codecs(parameters.codecs, "rtpParameters.codecs");
  if (verdict) verdict = judge_uris(parameters.header_extensions, "rtpParameters.headerExtensions");
  for (const auto judge : kParameterJudges) {
    if (verdict) verdict = judge(parameters);
  }
  if (!verdict) return std::unexpected(std::move(verdict.error()));
  return parameters;
}

}  // namespace consomme::ortc
