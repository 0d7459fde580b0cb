// Negotiation between a router and its clients, as pure functions over parameters.h. Driven by the control side when a
// router is made, a producer comes, or a consumer is asked for. Leaves out SDP (the client's business), conflicts with
// other producers of a transport (the transport's), and the choice of SSRCs and MIDs (handed in).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "sfu/ortc/parameters.h"

namespace consomme::ortc {

// The router's capabilities for the configured codecs, in their order, an RTX codec behind each of video. Payload types
// are kept where given or static, else taken from 100..127, then 96..99.
// Errors: kUnsupported for a codec that is not in supported.h, kInvalid for one payload type given twice, kLimit when
// the payload types run out.
Result<RtpCapabilities> router_capabilities(std::span<const RtpCodecCapability> media_codecs);

// How the names that a producer gave to its codecs and streams translate into the router's.
struct ProducerMapping {
  struct Codec {
    PayloadType payload_type;
    PayloadType mapped_payload_type;
    bool operator==(const Codec&) const = default;
  };
  struct Encoding {
    std::optional<Ssrc> ssrc;
    std::optional<std::string> rid;
    Ssrc mapped_ssrc;
    bool operator==(const Encoding&) const = default;
  };
  std::vector<Codec> codecs;
  std::vector<Encoding> encodings;  // as many as the producer's encodings, in their order
  bool operator==(const ProducerMapping&) const = default;
};

// How a producer's layers reach us: one stream of one layer, several streams, or several layers in one stream.
enum class ProducerType : std::uint8_t { kSimple, kSimulcast, kSvc };

struct NegotiatedProducer {
  RtpParameters parameters;  // as given, with defaults filled, H264 levels answered, at least one encoding
  ProducerMapping mapping;
  RtpParameters consumable;  // what consumer_parameters() starts from: the router's payload types, ids and mapped SSRCs
  ProducerType type = ProducerType::kSimple;
};

// `parameters` straight from the client (they are validated here) with the CNAME already resolved; `router` are the
// capabilities of router_capabilities(); the mapped SSRCs count up from `first_mapped_ssrc`.
// Errors: kInvalid naming the field, kUnsupported for a codec that the router does not have.
Result<NegotiatedProducer> negotiate_producer(MediaKind kind, RtpParameters parameters, const RtpCapabilities& router,
                                              Ssrc first_mapped_ssrc);

// Whether a client with these (validated) capabilities can receive such a producer.
bool can_consume(const RtpParameters& consumable, const RtpCapabilities& remote);

// What a consumer sends to a client with these (validated) capabilities: one encoding with `ssrc`, and `ssrc` + 1 for
// its RTX stream where the client takes RTX. `kind` is the producer's: audio is sent without NACK and RTX.
// Errors: kUnsupported if !can_consume.
Result<RtpParameters> consumer_parameters(MediaKind kind, const RtpParameters& consumable,
                                          const RtpCapabilities& remote, Ssrc ssrc, std::string mid);

// A random SSRC with room above it for every encoding of a producer and for an RTX stream.
Ssrc choose_ssrc(Rng& rng);

// The CNAME of a transport's producers: the one in force, else the one given with this producer, else a random one
// (RFC 3550 §6.5.1: all streams of one sender share it). Empty counts as not given.
std::string resolve_cname(const std::string& in_force, const RtcpParameters& given, Rng& rng);

}  // namespace consomme::ortc
