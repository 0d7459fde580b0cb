// A media plane without media, for the tests and the fuzz target of signaling: negotiation is the real one, everything
// else is bookkeeping that can be looked at. Reports of the real one that come on their own are made by the test.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "server/signaling/media_plane.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/ortc/supported.h"

namespace consomme::server {

class FakeMediaPlane final : public MediaPlane {
 public:
  FakeMediaPlane() {
    std::vector<ortc::RtpCodecCapability> codecs;
    for (const std::string_view text : ortc::kDefaultMediaCodecs)
      codecs.push_back(ortc::parse_media_codec(text).value());
    capabilities_ = ortc::router_capabilities(codecs).value();
  }

  struct FakeTransport {
    RouterId router;
    std::optional<ortc::DtlsParameters> remote;
    std::string cname;
    int next_mid = 0;
  };
  struct FakeProducer {
    TransportId transport;
    ortc::MediaKind kind;
    ortc::NegotiatedProducer negotiated;
    bool paused = false;
  };
  struct FakeConsumer {
    TransportId transport;
    ProducerId producer;
    bool paused = true;
    int key_frame_requests = 0;
    std::uint8_t spatial = 0, priority = 1;
    std::optional<std::uint8_t> temporal = {};
  };
  std::set<RouterId> routers;
  std::map<TransportId, FakeTransport> transports;
  std::map<ProducerId, FakeProducer> producers;
  std::map<ConsumerId, FakeConsumer> consumers;
  bool is_saturated = false;                          // no worker has capacity
  std::map<StatsToken, sfu::StatsSubject> questions;  // all that were asked; a test answers them

  const ortc::RtpCapabilities& rtp_capabilities() const override { return capabilities_; }
  bool has_capacity() const override { return !is_saturated; }
  RouterId create_router() override { return *routers.insert(RouterId(++last_id_)).first; }
  void close_router(RouterId id) override {
    routers.erase(id);
    for (auto at = transports.begin(); at != transports.end();)
      if (const auto [transport, state] = *at++; state.router == id) close_transport(transport);
  }

  Result<sfu::TransportOffer> create_transport(RouterId router) override {
    check(routers.contains(router), "signaling makes transports in live rooms only");
    const TransportId id(++last_id_);
    transports[id].router = router;
    return sfu::TransportOffer{id,
                               {"ufrag", "password", true},
                               {{.foundation = "f",
                                 .priority = 1,
                                 .ip = "192.0.2.1",
                                 .address = "192.0.2.1",
                                 .protocol = ortc::IceProtocol::kUdp,
                                 .port = 40000,
                                 .type = ortc::IceCandidateType::kHost,
                                 .tcp_type = {}}},
                               {ortc::DtlsRole::kAuto, {{"sha-256", "AB:CD"}}}};
  }
  Result<void> connect_transport(TransportId id, const ortc::DtlsParameters& remote) override {
    auto& known = transports.at(id).remote;
    if (known && *known != remote) return refuse(ErrorCode::kConflict, "the transport is connected otherwise");
    known = remote;
    return {};
  }
  Result<ortc::IceParameters> restart_ice(TransportId) override {
    return ortc::IceParameters{"ufrag" + std::to_string(++last_id_), "password", true};
  }
  void close_transport(TransportId id) override {
    transports.erase(id);
    for (auto at = producers.begin(); at != producers.end();)
      if (const ProducerId producer = at->first; (at++)->second.transport == id) close_producer(producer);
    std::erase_if(consumers, [&](const auto& c) { return c.second.transport == id; });
  }

  Result<sfu::Produced> produce(const sfu::ProduceRequest& request) override {
    FakeTransport& transport = transports.at(request.transport);
    ortc::RtpParameters parameters = request.rtp_parameters;
    parameters.rtcp.cname = ortc::resolve_cname(transport.cname, parameters.rtcp, rng_);
    const auto negotiated = ortc::negotiate_producer(request.kind, parameters, capabilities_, ortc::choose_ssrc(rng_));
    if (!negotiated) return std::unexpected(negotiated.error());
    transport.cname = *parameters.rtcp.cname;

    sfu::Produced produced{ProducerId(++last_id_), {}};
    for (const auto& [id, other] : producers)
      if (other.transport == request.transport && collide(other.negotiated.parameters, negotiated->parameters))
        produced.replaced.push_back(id);
    if (!request.may_add && produced.replaced.empty()) return refuse(ErrorCode::kLimit, "too many producers");
    for (const ProducerId id : produced.replaced) close_producer(id);
    producers.insert({produced.id, {request.transport, request.kind, *negotiated}});
    return produced;
  }
  void pause_producer(ProducerId id) override { producers.at(id).paused = true; }
  void resume_producer(ProducerId id) override { producers.at(id).paused = false; }
  void close_producer(ProducerId id) override {
    producers.erase(id);
    std::erase_if(consumers, [&](const auto& c) { return c.second.producer == id; });
  }

  bool can_consume(ProducerId id, const ortc::RtpCapabilities& remote) const override {
    return ortc::can_consume(producers.at(id).negotiated.consumable, remote);
  }
  Result<sfu::ConsumerOffer> consume(const sfu::ConsumeRequest& request) override {
    const FakeProducer& producer = producers.at(request.producer);
    FakeTransport& transport = transports.at(request.transport);
    const auto parameters =
        ortc::consumer_parameters(producer.kind, producer.negotiated.consumable, request.rtp_capabilities,
                                  ortc::choose_ssrc(rng_), std::to_string(transport.next_mid));
    if (!parameters) return std::unexpected(parameters.error());
    ++transport.next_mid;
    const ConsumerId id(++last_id_);
    consumers[id] = {request.transport, request.producer};
    return sfu::ConsumerOffer{id, producer.kind, *parameters, producer.paused};
  }
  void pause_consumer(ConsumerId id) override { consumers.at(id).paused = true; }
  void resume_consumer(ConsumerId id) override { consumers.at(id).paused = false; }
  void request_key_frame(ConsumerId id) override { ++consumers.at(id).key_frame_requests; }
  void close_consumer(ConsumerId id) override { consumers.erase(id); }
  void set_preferred_layers(ConsumerId id, std::uint8_t spatial, std::optional<std::uint8_t> temporal) override {
    consumers.at(id).spatial = spatial;
    consumers.at(id).temporal = temporal;
  }
  void set_priority(ConsumerId id, std::uint8_t priority) override { consumers.at(id).priority = priority; }

  Result<StatsToken> request_stats(const sfu::StatsSubject& subject) override {
    return questions.emplace(StatsToken(++last_id_), subject).first->first;
  }

 private:
  static bool collide(const ortc::RtpParameters& a, const ortc::RtpParameters& b) {
    if (!a.mid.value_or("").empty() && a.mid == b.mid) return true;
    return std::any_of(a.encodings.begin(), a.encodings.end(), [&](const auto& x) {
      return x.ssrc &&
             std::any_of(b.encodings.begin(), b.encodings.end(), [&](const auto& y) { return x.ssrc == y.ssrc; });
    });
  }

  ortc::RtpCapabilities capabilities_;
  std::uint64_t last_id_ = 0;
  Rng rng_{1};
};

}  // namespace consomme::server
