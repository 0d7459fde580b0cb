#include "server/json/rtp.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <string>

namespace consomme::json {
namespace {

using boost::json::array;
using boost::json::object;
using ortc::Direction;
using ortc::MediaKind;

constexpr std::array kKinds{Word<MediaKind>{"audio", MediaKind::kAudio}, Word<MediaKind>{"video", MediaKind::kVideo}};
constexpr std::array kDirections{
    Word<Direction>{"sendrecv", Direction::kSendRecv},
    Word<Direction>{"sendonly", Direction::kSendOnly},
    Word<Direction>{"recvonly", Direction::kRecvOnly},
    Word<Direction>{"inactive", Direction::kInactive},
};

// A member as text, if it is there.
std::string read_text(const Reader& in) {
  return in.text();
}
bool read_boolean(const Reader& in) {
  return in.boolean();
}
Ssrc read_ssrc(const Reader& in) {
  return Ssrc(in.integer<std::uint32_t>());
}
PayloadType read_payload_type(const Reader& in) {
  return PayloadType(in.integer<std::uint8_t>(0, 127));
}
ExtensionId read_extension_id(const Reader& in) {
  return ExtensionId(in.integer<std::uint8_t>(1));
}
std::uint32_t read_clock_rate(const Reader& in) {
  return in.integer<std::uint32_t>();
}
std::uint8_t read_channels(const Reader& in) {
  return in.integer<std::uint8_t>(1);
}
Direction read_direction(const Reader& in) {
  return in.word<Direction>(kDirections);
}

// The elements of an optional array.
template <class Read>
auto read_list(const Reader& in, std::size_t max, Read read) {
  using List = std::vector<std::invoke_result_t<Read, const Reader&>>;
  return in.is_present() ? in.elements(max, read) : List();
}

ortc::ParameterValue read_parameter_value(const Reader& in) {
  if (in.is_present() && in.value().is_string()) return in.text();
  constexpr double kLargestExact = 9007199254740992;  // 2^53: above it, doubles are no longer exact integers
  const double number = in.number();
  if (std::trunc(number) == number && std::abs(number) <= kLargestExact) return static_cast<std::int64_t>(number);
  return number;
}

ortc::FormatParameters read_format_parameters(const Reader& in) {
  ortc::FormatParameters parameters;
  if (!in.is_present()) return parameters;
  in.each_member(kMaxFormatParameters, [&parameters](std::string_view name, const Reader& value) {
    if (name.size() > kMaxTextBytes) value.complain("has too long a name");
    parameters.set(name, read_parameter_value(value));
  });
  return parameters;
}

ortc::RtcpFeedback read_rtcp_feedback(const Reader& in) {
  return {.type = in["type"].text(), .parameter = in["parameter"].optional(read_text).value_or("")};
}

ortc::RtpCodecCapability read_codec_capability(const Reader& in) {
  return {.mime_type = in["mimeType"].text(),
          .preferred_payload_type = in["preferredPayloadType"].optional(read_payload_type),
          .clock_rate = read_clock_rate(in["clockRate"]),
          .channels = in["channels"].optional(read_channels),
          .parameters = read_format_parameters(in["parameters"]),
          .rtcp_feedback = read_list(in["rtcpFeedback"], kMaxRtcpFeedback, read_rtcp_feedback)};
}

ortc::RtpHeaderExtension read_header_extension(const Reader& in) {
  return {.kind = read_media_kind(in["kind"]),
          .uri = in["uri"].text(),
          .preferred_id = read_extension_id(in["preferredId"]),
          .preferred_encrypt = in["preferredEncrypt"].optional(read_boolean).value_or(false),
          .direction = in["direction"].optional(read_direction).value_or(Direction::kSendRecv)};
}

ortc::RtpCodecParameters read_codec_parameters(const Reader& in) {
  return {.mime_type = in["mimeType"].text(),
          .payload_type = read_payload_type(in["payloadType"]),
          .clock_rate = read_clock_rate(in["clockRate"]),
          .channels = in["channels"].optional(read_channels),
          .parameters = read_format_parameters(in["parameters"]),
          .rtcp_feedback = read_list(in["rtcpFeedback"], kMaxRtcpFeedback, read_rtcp_feedback)};
}

ortc::RtpHeaderExtensionParameters read_header_extension_parameters(const Reader& in) {
  return {.uri = in["uri"].text(),
          .id = read_extension_id(in["id"]),
          .encrypt = in["encrypt"].optional(read_boolean).value_or(false),
          .parameters = read_format_parameters(in["parameters"])};
}

ortc::RtxEncoding read_rtx(const Reader& in) {
  return {read_ssrc(in["ssrc"])};
}

// Null is refused here: a client that writes it has computed its bitrate wrongly.
std::optional<Bitrate> read_max_bitrate(const Reader& in) {
  if (!in.is_given()) return std::nullopt;
  return Bitrate(in.integer<std::int64_t>(0, kMaxBitrate));
}

ortc::RtpEncodingParameters read_encoding(const Reader& in) {
  return {.ssrc = in["ssrc"].optional(read_ssrc),
          .rid = in["rid"].optional(read_text),
          .codec_payload_type = in["codecPayloadType"].optional(read_payload_type),
          .rtx = in["rtx"].optional(read_rtx),
          .dtx = in["dtx"].optional(read_boolean),
          .scalability_mode = in["scalabilityMode"].optional(read_text),
          .max_bitrate = read_max_bitrate(in["maxBitrate"])};
}

ortc::RtcpParameters read_rtcp(const Reader& in) {
  return {.cname = in["cname"].optional(read_text),
          .reduced_size = in["reducedSize"].optional(read_boolean).value_or(true)};
}

std::string_view word_of(const auto& words, auto value) {
  return std::ranges::find(words, value, [](const auto& word) { return word.second; })->first;
}

template <class T>
array to_array(const std::vector<T>& list, object (*convert)(const T&)) {
  array out;
  out.reserve(list.size());
  for (const T& element : list) out.emplace_back(convert(element));
  return out;
}

object format_to_json(const ortc::FormatParameters& parameters) {
  object out;
  for (const auto& [name, value] : parameters) {
    std::visit([&out, &key = name](const auto& v) { out.emplace(key, v); }, value);
  }
  return out;
}

object feedback_to_json(const ortc::RtcpFeedback& feedback) {
  return {{"type", feedback.type}, {"parameter", feedback.parameter}};
}

object codec_capability_to_json(const ortc::RtpCodecCapability& codec) {
  object out;
  if (const auto kind = ortc::kind_of(codec.mime_type)) out["kind"] = ortc::to_string(*kind);
  out["mimeType"] = codec.mime_type;
  if (codec.preferred_payload_type) out["preferredPayloadType"] = codec.preferred_payload_type->value();
  out["clockRate"] = codec.clock_rate;
  if (codec.channels) out["channels"] = *codec.channels;
  out["parameters"] = format_to_json(codec.parameters);
  out["rtcpFeedback"] = to_array(codec.rtcp_feedback, feedback_to_json);
  return out;
}

object header_extension_to_json(const ortc::RtpHeaderExtension& extension) {
  return {{"kind", ortc::to_string(extension.kind)},
          {"uri", extension.uri},
          {"preferredId", extension.preferred_id.value()},
          {"preferredEncrypt", extension.preferred_encrypt},
          {"direction", word_of(kDirections, extension.direction)}};
}

object codec_parameters_to_json(const ortc::RtpCodecParameters& codec) {
  object out{
      {"mimeType", codec.mime_type}, {"payloadType", codec.payload_type.value()}, {"clockRate", codec.clock_rate}};
  if (codec.channels) out["channels"] = *codec.channels;
  out["parameters"] = format_to_json(codec.parameters);
  out["rtcpFeedback"] = to_array(codec.rtcp_feedback, feedback_to_json);
  return out;
}

object header_extension_parameters_to_json(const ortc::RtpHeaderExtensionParameters& extension) {
  return {{"uri", extension.uri},
          {"id", extension.id.value()},
          {"encrypt", extension.encrypt},
          {"parameters", format_to_json(extension.parameters)}};
}

object encoding_to_json(const ortc::RtpEncodingParameters& encoding) {
  object out;
  if (encoding.ssrc) out["ssrc"] = encoding.ssrc->value();
  if (encoding.rid) out["rid"] = *encoding.rid;
  if (encoding.codec_payload_type) out["codecPayloadType"] = encoding.codec_payload_type->value();
  if (encoding.rtx) out["rtx"] = object{{"ssrc", encoding.rtx->ssrc.value()}};
  if (encoding.dtx) out["dtx"] = *encoding.dtx;
  if (encoding.scalability_mode) out["scalabilityMode"] = *encoding.scalability_mode;
  if (encoding.max_bitrate) out["maxBitrate"] = encoding.max_bitrate->value();
  return out;
}

object rtcp_to_json(const ortc::RtcpParameters& rtcp) {
  object out;
  if (rtcp.cname) out["cname"] = *rtcp.cname;
  out["reducedSize"] = rtcp.reduced_size;
  return out;
}

}  // namespace

MediaKind read_media_kind(const Reader& in) {
  return in.word<MediaKind>(kKinds);
}

ortc::RtpCapabilities read_rtp_capabilities(const Reader& in) {
  return {.codecs = read_list(in["codecs"], kMaxCodecs, read_codec_capability),
          .header_extensions = read_list(in["headerExtensions"], kMaxHeaderExtensions, read_header_extension)};
}

ortc::RtpParameters read_rtp_parameters(const Reader& in) {
  ortc::RtpParameters parameters;
  parameters.mid = in["mid"].optional(read_text);
  parameters.codecs = in["codecs"].elements(kMaxCodecs, read_codec_parameters);
  parameters.header_extensions =
      read_list(in["headerExtensions"], kMaxHeaderExtensions, read_header_extension_parameters);
  parameters.encodings = read_list(in["encodings"], kMaxEncodings, read_encoding);
  parameters.rtcp = in["rtcp"].optional(read_rtcp).value_or(ortc::RtcpParameters());
  parameters.msid = in["msid"].optional(read_text);
  return parameters;
}

object to_json(const ortc::RtpCapabilities& capabilities) {
  return {{"codecs", to_array(capabilities.codecs, codec_capability_to_json)},
          {"headerExtensions", to_array(capabilities.header_extensions, header_extension_to_json)}};
}

object to_json(const ortc::RtpParameters& parameters) {
  object out;
  if (parameters.mid) out["mid"] = *parameters.mid;
  out["codecs"] = to_array(parameters.codecs, codec_parameters_to_json);
  out["headerExtensions"] = to_array(parameters.header_extensions, header_extension_parameters_to_json);
  out["encodings"] = to_array(parameters.encodings, encoding_to_json);
  out["rtcp"] = rtcp_to_json(parameters.rtcp);
  if (parameters.msid) out["msid"] = *parameters.msid;
  return out;
}

}  // namespace consomme::json
