// The router's side of the negotiation: configured codecs become capabilities.
#include <algorithm>
#include <array>
#include <optional>

#include "sfu/ortc/codec_match.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"
#include "sfu/ortc/validate.h"

namespace consomme::ortc {
namespace {

// The dynamic payload types (RFC 3551 §6), in the order in which they are given away.
class DynamicPayloadTypes {
 public:
  void take(PayloadType payload_type) { taken_[payload_type.value()] = true; }

  std::optional<PayloadType> next() {
    for (const auto& [first, last] : kRanges) {
      for (std::uint8_t value = first; value <= last; ++value) {
        if (taken_[value]) continue;
        taken_[value] = true;
        return PayloadType(value);
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::array<std::pair<std::uint8_t, std::uint8_t>, 2> kRanges{{{100, 127}, {96, 99}}};
  std::array<bool, 256> taken_{};
};

std::unexpected<Error> out_of_payload_types() {
  return refuse(ErrorCode::kLimit, "too many codecs: there are 32 dynamic payload types, and video takes two a codec");
}

RtpCodecCapability rtx_for(const RtpCodecCapability& media, PayloadType payload_type) {
  return {.mime_type = "video/rtx",
          .preferred_payload_type = payload_type,
          .clock_rate = media.clock_rate,
          .channels = std::nullopt,
          .parameters = {{"apt", std::int64_t{media.preferred_payload_type->value()}}},
          .rtcp_feedback = {}};
}

// Its blocks are the Opus of `router`, of which there is one before it: "a=fmtp:101 100/100" (RFC 2198 §5). A client
// that writes parameters into SDP as name=value writes "=100/100" for one without a name, which browsers read as that.
Result<void> name_red_blocks(RtpCodecCapability& red, const RtpCapabilities& router) {
  const auto opus = std::ranges::find_if(
      router.codecs, [](const RtpCodecCapability& codec) { return same_mime_type(codec.mime_type, "audio/opus"); });
  if (opus == router.codecs.end()) return invalid("codec \"audio/red\" must have \"audio/opus\" before it");
  const std::string block = std::to_string(opus->preferred_payload_type->value());
  red.parameters = {{"", block + "/" + block}};
  return {};
}

// The supported codec that was configured, with the configured parameters and, if it has one, payload type.
Result<RtpCodecCapability> select(const RtpCodecCapability& configured,
                                  const std::vector<RtpCodecCapability>& supported) {
  const auto found = std::ranges::find_if(
      supported, [&](const RtpCodecCapability& codec) { return matches_loosely(configured, codec); });
  if (found == supported.end()) {
    return refuse(ErrorCode::kUnsupported, "codec \"" + configured.mime_type + "\" is not supported in this form");
  }
  RtpCodecCapability codec = *found;
  if (configured.preferred_payload_type) codec.preferred_payload_type = configured.preferred_payload_type;
  for (const auto& [name, value] : configured.parameters) codec.parameters.set(name, value);
  return codec;
}

std::vector<RtpHeaderExtension> header_extensions() {
  std::vector<RtpHeaderExtension> extensions;
  const auto offer = [&extensions](const SupportedExtension& row, MediaKind kind, std::optional<Direction> direction) {
    if (!direction) return;
    extensions.push_back({.kind = kind,
                          .uri = std::string(row.uri),
                          .preferred_id = row.id,
                          .preferred_encrypt = false,
                          .direction = *direction});
  };
  for (const SupportedExtension& row : kSupportedExtensions) {
    offer(row, MediaKind::kAudio, row.audio);
    offer(row, MediaKind::kVideo, row.video);
  }
  return extensions;
}

}  // namespace

Result<RtpCapabilities> router_capabilities(std::span<const RtpCodecCapability> media_codecs) {
  const auto configured = validate(RtpCapabilities{{media_codecs.begin(), media_codecs.end()}, {}});
  if (!configured) return std::unexpected(configured.error());

  const std::vector<RtpCodecCapability> supported = supported_codecs();
  RtpCapabilities router{.codecs = {}, .header_extensions = header_extensions()};
  DynamicPayloadTypes dynamic;
  for (const RtpCodecCapability& media_codec : configured->codecs) {
    auto codec = select(media_codec, supported);
    if (!codec) return std::unexpected(codec.error());
    if (!codec->preferred_payload_type) codec->preferred_payload_type = dynamic.next();
    if (!codec->preferred_payload_type) return out_of_payload_types();
    if (is_red(codec->mime_type)) {
      if (const auto named = name_red_blocks(*codec, router); !named) return std::unexpected(named.error());
    }
    dynamic.take(*codec->preferred_payload_type);
    if (std::ranges::find(router.codecs, codec->preferred_payload_type, &RtpCodecCapability::preferred_payload_type) !=
        router.codecs.end()) {
      return invalid("codec \"" + codec->mime_type + "\" has the payload type of another codec");
    }
    router.codecs.push_back(*codec);
    if (kind_of(codec->mime_type) != MediaKind::kVideo) continue;
    const auto rtx_payload_type = dynamic.next();
    if (!rtx_payload_type) return out_of_payload_types();
    router.codecs.push_back(rtx_for(*codec, *rtx_payload_type));
  }
  return router;
}

}  // namespace consomme::ortc
