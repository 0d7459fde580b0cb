// The road of `join` and `consume`: JSON bytes, strict reading, validation, and what such a client would be sent of an
// audio and of a simulcast producer. The same bytes also serve as a router's configuration.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "server/json/rtp.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"
#include "sfu/ortc/validate.h"

using namespace consomme;

namespace {

// A producer of every codec of that kind.
ortc::RtpParameters consumable_of(ortc::MediaKind kind) {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const std::string_view text : ortc::kDefaultMediaCodecs) codecs.push_back(ortc::parse_media_codec(text).value());
  const ortc::RtpCapabilities router = ortc::router_capabilities(codecs).value();
  ortc::RtpParameters given;
  for (const ortc::RtpCodecCapability& codec : router.codecs) {
    if (ortc::kind_of(codec.mime_type) != kind) continue;
    given.codecs.push_back({.mime_type = codec.mime_type,
                            .payload_type = *codec.preferred_payload_type,
                            .clock_rate = codec.clock_rate,
                            .channels = codec.channels,
                            .parameters = codec.parameters,
                            .rtcp_feedback = codec.rtcp_feedback});
  }
  given.encodings.resize(kind == ortc::MediaKind::kAudio ? 1 : 3);
  for (std::size_t i = 0; i < given.encodings.size(); ++i) given.encodings[i].rid = "r" + std::to_string(i);
  return ortc::negotiate_producer(kind, given, router, Ssrc(1000)).value().consumable;
}

void consume(ortc::MediaKind kind, const ortc::RtpParameters& consumable, const ortc::RtpCapabilities& remote) {
  const auto consumer = ortc::consumer_parameters(kind, consumable, remote, Ssrc(1), "0");
  check(consumer.has_value() == ortc::can_consume(consumable, remote), "can_consume() tells the truth");
  if (!consumer) return;
  for (const ortc::RtpCodecParameters& codec : consumer->codecs) {
    check(ortc::find_codec(consumable, codec.payload_type) != nullptr, "payload types stay the router's");
  }
  const auto again = json::from_json(json::to_json(*consumer), "consumer", json::read_rtp_parameters);
  check(again.has_value() && *again == *consumer, "what is written is read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::json::error_code error;
  const boost::json::value document = boost::json::parse(as_text({data, size}), error);
  if (error) return 0;
  const auto given = json::from_json(document, "rtpCapabilities", json::read_rtp_capabilities);
  if (!given) return 0;

  if (const auto router = ortc::router_capabilities(given->codecs)) {
    for (const auto& codec : router->codecs) check(codec.preferred_payload_type.has_value(), "a router names them all");
  }
  const auto remote = ortc::validate(*given);
  if (!remote) return 0;
  static const ortc::RtpParameters audio = consumable_of(ortc::MediaKind::kAudio);
  static const ortc::RtpParameters video = consumable_of(ortc::MediaKind::kVideo);
  consume(ortc::MediaKind::kAudio, audio, *remote);
  consume(ortc::MediaKind::kVideo, video, *remote);
  return 0;
}
