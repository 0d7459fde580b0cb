#include "sfu/ortc/parameters.h"

#include <algorithm>

namespace consomme::ortc {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view to_string(MediaKind kind) {
  return kind == MediaKind::kAudio ? "audio" : "video";
}

std::optional<MediaKind> kind_of(std::string_view mime_type) {
  constexpr std::size_t kPrefixSize = std::string_view("audio/").size();
  if (mime_type.size() <= kPrefixSize) return std::nullopt;
  const std::string_view prefix = mime_type.substr(0, kPrefixSize);
  if (equal_without_case(prefix, "audio/")) return MediaKind::kAudio;
  if (equal_without_case(prefix, "video/")) return MediaKind::kVideo;
  return std::nullopt;
}

bool same_mime_type(std::string_view a, std::string_view b) {
  return equal_without_case(a, b);
}

bool is_rtx(std::string_view mime_type) {
  return kind_of(mime_type) && equal_without_case(mime_type.substr(mime_type.find('/') + 1), "rtx");
}

bool is_red(std::string_view mime_type) {
  return equal_without_case(mime_type, "audio/red");
}

bool is_media(std::string_view mime_type) {
  return !is_rtx(mime_type) && !is_red(mime_type);
}

const RtpCodecParameters* find_codec(const RtpParameters& parameters, PayloadType payload_type) {
  const auto at = std::ranges::find(parameters.codecs, payload_type, &RtpCodecParameters::payload_type);
  return at == parameters.codecs.end() ? nullptr : &*at;
}

const RtpCodecParameters* find_rtx_codec(const RtpParameters& parameters, PayloadType media) {
  const auto at = std::ranges::find_if(parameters.codecs, [media](const RtpCodecParameters& codec) {
    return is_rtx(codec.mime_type) && codec.parameters.integer("apt") == media.value();
  });
  return at == parameters.codecs.end() ? nullptr : &*at;
}

const RtpCodecParameters* find_red_codec(const RtpParameters& parameters) {
  const auto at = std::ranges::find_if(parameters.codecs, is_red, &RtpCodecParameters::mime_type);
  return at == parameters.codecs.end() ? nullptr : &*at;
}

const RtpCodecParameters* media_codec(const RtpParameters& parameters, const RtpEncodingParameters& encoding) {
  const auto at = std::ranges::find_if(parameters.codecs, [&encoding](const RtpCodecParameters& codec) {
    return is_media(codec.mime_type) && encoding.codec_payload_type.value_or(codec.payload_type) == codec.payload_type;
  });
  return at == parameters.codecs.end() ? nullptr : &*at;
}

}  // namespace consomme::ortc
