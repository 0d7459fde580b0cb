// The road of `produce`: JSON bytes, strict reading, validation, negotiation with the default router, and what each
// client like that router would be sent.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "server/json/rtp.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"

using namespace consomme;

namespace {

ortc::RtpCapabilities default_router() {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const std::string_view text : ortc::kDefaultMediaCodecs) codecs.push_back(ortc::parse_media_codec(text).value());
  return ortc::router_capabilities(codecs).value();
}

void negotiate(ortc::MediaKind kind, const ortc::RtpParameters& given) {
  static const ortc::RtpCapabilities router = default_router();
  const auto producer = ortc::negotiate_producer(kind, given, router, Ssrc(0xffffffff));
  if (!producer) {
    check(!producer.error().text.empty(), "a refusal says why");
    return;
  }
  check(producer->mapping.codecs.size() == producer->parameters.codecs.size(), "every codec is mapped");
  check(producer->mapping.encodings.size() == producer->parameters.encodings.size(), "every encoding is mapped");
  check(!producer->consumable.encodings.empty(), "there is something to consume");

  const auto consumer = ortc::consumer_parameters(kind, producer->consumable, router, Ssrc(1), "0");
  check(consumer.has_value(), "a client with the router's own capabilities consumes everything");
  check(consumer->encodings.size() == 1, "a consumer sends one stream");
  const auto again = json::from_json(json::to_json(*consumer), "consumer", json::read_rtp_parameters);
  check(again.has_value() && *again == *consumer, "what is written is read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::json::error_code error;
  const boost::json::value document = boost::json::parse(as_text({data, size}), error);
  if (error) return 0;
  const auto given = json::from_json(document, "rtpParameters", json::read_rtp_parameters);
  if (!given) return 0;
  negotiate(ortc::MediaKind::kAudio, *given);
  negotiate(ortc::MediaKind::kVideo, *given);
  return 0;
}
