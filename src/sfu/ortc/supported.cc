#include "sfu/ortc/supported.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "sfu/ortc/h264_profile.h"

namespace consomme::ortc {
namespace {

// Which set of feedback messages a codec takes.
enum class Feedback : std::uint8_t { kNone, kCongestion, kOpus, kVideo };

struct SupportedCodec {
  std::string_view mime_type;
  std::uint32_t clock_rate;
  std::optional<std::uint8_t> channels;
  std::optional<PayloadType> payload_type;
  Feedback feedback;
};

constexpr std::array kCodecs{
    SupportedCodec{"audio/opus", 48000, 2, {}, Feedback::kOpus},
    SupportedCodec{"audio/red", 48000, 2, {}, Feedback::kNone},
    SupportedCodec{"audio/multiopus", 48000, 4, {}, Feedback::kOpus},
    SupportedCodec{"audio/multiopus", 48000, 6, {}, Feedback::kOpus},
    SupportedCodec{"audio/multiopus", 48000, 8, {}, Feedback::kOpus},
    SupportedCodec{"audio/PCMU", 8000, 1, PayloadType(0), Feedback::kCongestion},
    SupportedCodec{"audio/PCMA", 8000, 1, PayloadType(8), Feedback::kCongestion},
    SupportedCodec{"audio/ISAC", 32000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/ISAC", 16000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/G722", 8000, 1, PayloadType(9), Feedback::kCongestion},
    SupportedCodec{"audio/iLBC", 8000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/SILK", 24000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/SILK", 16000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/SILK", 12000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/SILK", 8000, 1, {}, Feedback::kCongestion},
    SupportedCodec{"audio/CN", 32000, 1, PayloadType(13), Feedback::kNone},
    SupportedCodec{"audio/CN", 16000, 1, PayloadType(13), Feedback::kNone},
    SupportedCodec{"audio/CN", 8000, 1, PayloadType(13), Feedback::kNone},
    SupportedCodec{"audio/telephone-event", 48000, 1, {}, Feedback::kNone},
    SupportedCodec{"audio/telephone-event", 32000, 1, {}, Feedback::kNone},
    SupportedCodec{"audio/telephone-event", 16000, 1, {}, Feedback::kNone},
    SupportedCodec{"audio/telephone-event", 8000, 1, {}, Feedback::kNone},
    SupportedCodec{"video/VP8", 90000, {}, {}, Feedback::kVideo},
    SupportedCodec{"video/VP9", 90000, {}, {}, Feedback::kVideo},
    SupportedCodec{"video/H264", 90000, {}, {}, Feedback::kVideo},
    SupportedCodec{"video/AV1", 90000, {}, {}, Feedback::kVideo},
};

std::vector<RtcpFeedback> feedback_of(Feedback set) {
  switch (set) {
    case Feedback::kNone:
      return {};
    case Feedback::kCongestion:
      return {{"transport-cc", ""}};
    case Feedback::kOpus:
      return {{"nack", ""}, {"transport-cc", ""}};
    case Feedback::kVideo:
      return {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}, {"goog-remb", ""}, {"transport-cc", ""}};
  }
  return {};
}

// What a codec's parameters are unless configured otherwise. The layouts of multiopus are those of Vorbis for as many
// channels (RFC 7845 §5.1.1.2), as Chromium encodes them.
FormatParameters parameters_of(const SupportedCodec& codec) {
  if (codec.mime_type == "video/H264") return {{"level-asymmetry-allowed", 1}};
  if (codec.mime_type != "audio/multiopus") return {};
  switch (codec.channels.value_or(0)) {
    case 4:
      return {{"channel_mapping", "0,1,2,3"}, {"num_streams", 2}, {"coupled_streams", 2}};
    case 6:
      return {{"channel_mapping", "0,4,1,2,3,5"}, {"num_streams", 4}, {"coupled_streams", 2}};
    default:
      return {{"channel_mapping", "0,6,1,2,3,4,5,7"}, {"num_streams", 5}, {"coupled_streams", 3}};
  }
}

RtpCodecCapability capability_of(const SupportedCodec& codec) {
  return {.mime_type = std::string(codec.mime_type),
          .preferred_payload_type = codec.payload_type,
          .clock_rate = codec.clock_rate,
          .channels = codec.channels,
          .parameters = parameters_of(codec),
          .rtcp_feedback = feedback_of(codec.feedback)};
}

// Cuts the text before the next `separator` off the front of `rest`.
std::string_view next_field(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view field = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return field;
}

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Parameters whose values are texts even if they are all digits, as the profile-level-id of High 5.0 ("640032"): of
// hexadecimal digits or base64 (RFC 6184 §8.1), or a list that may have one element. Clients compare them as texts.
constexpr std::array<std::string_view, 5> kTexts{"profile-level-id", "max-recv-level", "sprop-parameter-sets",
                                                 "sprop-level-parameter-sets", "channel_mapping"};

ParameterValue parameter_value(std::string_view name, std::string_view text) {
  const bool is_text = std::ranges::find(kTexts, name) != kTexts.end();
  const auto number = is_text ? std::nullopt : parse_integer<std::int64_t>(text);
  return number ? ParameterValue(*number) : ParameterValue(std::string(text));
}

// The codec named by "[type/]name[/clock-rate[/channels]]"; nullptr if there is none.
const SupportedCodec* find_supported(std::string_view text) {
  const bool has_type = text.starts_with("audio/") || text.starts_with("video/");
  const std::string_view type = has_type ? next_field(text, '/') : std::string_view();
  const std::string_view name = next_field(text, '/');
  const std::string_view clock_rate = next_field(text, '/');
  const std::string_view channels = text;
  const auto at = std::ranges::find_if(kCodecs, [&](const SupportedCodec& codec) {
    const std::size_t slash = codec.mime_type.find('/');
    if (has_type && codec.mime_type.substr(0, slash) != type) return false;
    const std::string full_name = std::string(codec.mime_type.substr(0, slash + 1)).append(name);
    return same_mime_type(codec.mime_type, full_name) &&
           (clock_rate.empty() || parse_integer<std::uint32_t>(clock_rate) == codec.clock_rate) &&
           (channels.empty() || parse_integer<std::uint8_t>(channels) == codec.channels);
  });
  return at == kCodecs.end() ? nullptr : &*at;
}

}  // namespace

std::optional<HeaderExtension> extension_of(std::string_view uri) {
  const auto at = std::ranges::find(kSupportedExtensions, uri, &SupportedExtension::uri);
  if (at == kSupportedExtensions.end()) return std::nullopt;
  return at->extension;
}

std::vector<RtpCodecCapability> supported_codecs() {
  std::vector<RtpCodecCapability> codecs;
  codecs.reserve(kCodecs.size());
  for (const SupportedCodec& codec : kCodecs) codecs.push_back(capability_of(codec));
  return codecs;
}

Result<RtpCodecCapability> parse_media_codec(std::string_view text) {
  std::string_view rest = text;
  const SupportedCodec* const supported = find_supported(next_field(rest, ';'));
  if (supported == nullptr) {
    return refuse(ErrorCode::kUnsupported, "codec \"" + std::string(text) + "\" is not supported");
  }
  RtpCodecCapability codec = capability_of(*supported);
  while (!rest.empty()) {
    std::string_view value = next_field(rest, ';');
    const std::string_view name = next_field(value, '=');
    if (name.empty() || value.empty()) {
      return invalid("codec \"" + std::string(text) + "\" must have its parameters in the form ;name=value");
    }
    codec.parameters.set(name, parameter_value(name, value));
  }
  // No client's offer would ever match it.
  if (same_mime_type(codec.mime_type, "video/H264") && !profile_level(codec.parameters)) {
    return refuse(ErrorCode::kUnsupported,
                  "codec \"" + std::string(text) + "\" has a profile-level-id that is not known");
  }
  return codec;
}

}  // namespace consomme::ortc
