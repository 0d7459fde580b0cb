#include "sfu/ortc/codec_match.h"

#include <algorithm>
#include <array>

#include "sfu/ortc/h264_profile.h"

namespace consomme::ortc {
namespace {

// A codec parameter on which both must agree; absent, or an empty text, means `absent`.
struct Agreement {
  std::string_view mime_type;
  std::string_view parameter;
  std::int64_t absent;
};
constexpr std::array kLayoutAgreements{
    Agreement{"audio/multiopus", "num_streams", 0},
    Agreement{"audio/multiopus", "coupled_streams", 0},
};
constexpr std::array kProfileAgreements{
    Agreement{"video/H264", "packetization-mode", 0},  // RFC 6184 §8.1
    Agreement{"video/VP9", "profile-id", 0},           // RFC 9628 §6
    Agreement{"video/AV1", "profile", 0},              // AV1 RTP payload format §7.2
};

ParameterValue value_or(const FormatParameters& format, std::string_view name, std::int64_t absent) {
  const ParameterValue* const value = format.find(name);
  return value == nullptr || *value == ParameterValue("") ? ParameterValue(absent) : *value;
}

bool agree(const CodecView& a, const CodecView& b, const auto& agreements) {
  return std::ranges::all_of(agreements, [&](const Agreement& on) {
    return !same_mime_type(a.mime_type, on.mime_type) ||
           value_or(a.format, on.parameter, on.absent) == value_or(b.format, on.parameter, on.absent);
  });
}

}  // namespace

bool matches_loosely(const CodecView& a, const CodecView& b) {
  return same_mime_type(a.mime_type, b.mime_type) && a.clock_rate == b.clock_rate && a.channels == b.channels &&
         agree(a, b, kLayoutAgreements);
}

bool matches(const CodecView& a, const CodecView& b) {
  if (!matches_loosely(a, b) || !agree(a, b, kProfileAgreements)) return false;
  return !same_mime_type(a.mime_type, "video/H264") || same_profile(a.format, b.format);
}

}  // namespace consomme::ortc
