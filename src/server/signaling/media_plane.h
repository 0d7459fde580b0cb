// The SFU as signaling sees it: the calls of sfu::Sfu that it makes, as an interface, so that whole conversations are
// tested without a thread or a socket. Implemented by SfuMediaPlane (server/) and by the fake of the tests.
#pragma once

#include "sfu/sfu.h"

namespace consomme::server {

class MediaPlane {
 public:
  virtual ~MediaPlane() = default;

  virtual const ortc::RtpCapabilities& rtp_capabilities() const = 0;
  virtual bool has_capacity() const = 0;
  virtual RouterId create_router() = 0;
  virtual void close_router(RouterId) = 0;

  virtual Result<sfu::TransportOffer> create_transport(RouterId) = 0;
  virtual Result<void> connect_transport(TransportId, const ortc::DtlsParameters&) = 0;
  virtual Result<ortc::IceParameters> restart_ice(TransportId) = 0;
  virtual void close_transport(TransportId) = 0;

  virtual Result<sfu::Produced> produce(const sfu::ProduceRequest&) = 0;
  virtual void pause_producer(ProducerId) = 0;
  virtual void resume_producer(ProducerId) = 0;
  virtual void close_producer(ProducerId) = 0;

  virtual bool can_consume(ProducerId, const ortc::RtpCapabilities&) const = 0;
  virtual Result<sfu::ConsumerOffer> consume(const sfu::ConsumeRequest&) = 0;
  virtual void pause_consumer(ConsumerId) = 0;
  virtual void resume_consumer(ConsumerId) = 0;
  virtual void request_key_frame(ConsumerId) = 0;
  virtual void close_consumer(ConsumerId) = 0;
  virtual void set_preferred_layers(ConsumerId, std::uint8_t spatial, std::optional<std::uint8_t> temporal) = 0;
  virtual void set_priority(ConsumerId, std::uint8_t) = 0;

  virtual Result<StatsToken> request_stats(const sfu::StatsSubject&) = 0;
};

}  // namespace consomme::server
