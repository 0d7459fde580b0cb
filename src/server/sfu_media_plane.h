// The media plane of a running server: passes signaling's calls on to the Sfu.
#pragma once

#include "server/signaling/media_plane.h"

namespace consomme::server {

class SfuMediaPlane final : public MediaPlane {
 public:
  explicit SfuMediaPlane(sfu::Sfu& sfu) : sfu_(sfu) {}

  const ortc::RtpCapabilities& rtp_capabilities() const override { return sfu_.rtp_capabilities(); }
  bool has_capacity() const override { return sfu_.has_capacity(); }
  RouterId create_router() override { return sfu_.create_router(); }
  void close_router(RouterId id) override { sfu_.close_router(id); }

  Result<sfu::TransportOffer> create_transport(RouterId id) override { return sfu_.create_transport(id); }
  Result<void> connect_transport(TransportId id, const ortc::DtlsParameters& remote) override {
    return sfu_.connect_transport(id, remote);
  }
  Result<ortc::IceParameters> restart_ice(TransportId id) override { return sfu_.restart_ice(id); }
  void close_transport(TransportId id) override { sfu_.close_transport(id); }

  Result<sfu::Produced> produce(const sfu::ProduceRequest& request) override { return sfu_.produce(request); }
  void pause_producer(ProducerId id) override { sfu_.pause_producer(id); }
  void resume_producer(ProducerId id) override { sfu_.resume_producer(id); }
  void close_producer(ProducerId id) override { sfu_.close_producer(id); }

  bool can_consume(ProducerId id, const ortc::RtpCapabilities& remote) const override {
    return sfu_.can_consume(id, remote);
  }
  Result<sfu::ConsumerOffer> consume(const sfu::ConsumeRequest& request) override { return sfu_.consume(request); }
  void pause_consumer(ConsumerId id) override { sfu_.pause_consumer(id); }
  void resume_consumer(ConsumerId id) override { sfu_.resume_consumer(id); }
  void request_key_frame(ConsumerId id) override { sfu_.request_key_frame(id); }
  void close_consumer(ConsumerId id) override { sfu_.close_consumer(id); }
  void set_preferred_layers(ConsumerId id, std::uint8_t spatial, std::optional<std::uint8_t> temporal) override {
    sfu_.set_preferred_layers(id, spatial, temporal);
  }
  void set_priority(ConsumerId id, std::uint8_t priority) override { sfu_.set_priority(id, priority); }

  Result<StatsToken> request_stats(const sfu::StatsSubject& subject) override { return sfu_.request_stats(subject); }

 private:
  sfu::Sfu& sfu_;
};

}  // namespace consomme::server
