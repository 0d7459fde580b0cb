// The control side of the SFU: which routers, transports, producers and consumers there are, what was negotiated for
// them, and what the workers must be told. Pure bookkeeping on one thread: no socket, no thread; randomness and
// addresses are handed in. What workers have to learn is taken from commands(), what the owner has to learn from
// events().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "base/strong.h"
#include "sfu/ortc/negotiate.h"
#include "sfu/runtime/placement.h"
#include "sfu/sfu.h"
#include "sfu/worker/command.h"

namespace consomme::sfu {

// What transports of one worker announce.
struct WorkerPlace {
  std::vector<ortc::IceCandidate> candidates;
};

class Control {
 public:
  struct Setup {
    ortc::RtpCapabilities capabilities;
    std::vector<WorkerPlace> workers;
    std::vector<dtls::Fingerprint> fingerprints;
    // Makes ICE credentials for a transport of this worker: unguessable, from the operating system (RFC 8445 §5.3 wants
    // 128 bits in the password).
    std::function<ice::Credentials(unsigned worker)> make_credentials;
    std::uint64_t seed = 1;  // SSRCs and sequence number offsets
    std::uint32_t max_transports_per_worker = 0;
    double max_load = 1;  // of a core
    std::uint32_t max_producers_per_transport = 0;
    std::uint32_t max_consumers_per_transport = 0;
  };
  explicit Control(Setup setup);

  const ortc::RtpCapabilities& rtp_capabilities() const { return setup_.capabilities; }

  bool has_capacity() const { return placement_.any_below(setup_.max_load); }
  RouterId create_router();
  void close_router(RouterId id);

  Result<TransportOffer> create_transport(RouterId id);
  Result<void> connect_transport(TransportId id, const ortc::DtlsParameters& remote);
  Result<ortc::IceParameters> restart_ice(TransportId id);
  void close_transport(TransportId id);

  Result<Produced> produce(const ProduceRequest& request);
  void pause_producer(ProducerId id, bool paused);
  void close_producer(ProducerId id);

  bool can_consume(ProducerId id, const ortc::RtpCapabilities& remote) const;
  Result<ConsumerOffer> consume(const ConsumeRequest& request);
  void pause_consumer(ConsumerId id, bool paused);
  void request_key_frame(ConsumerId id);
  void close_consumer(ConsumerId id);
  void set_preferred_layers(ConsumerId id, std::uint8_t spatial, std::optional<std::uint8_t> temporal);
  void set_priority(ConsumerId id, std::uint8_t priority);
  Result<StatsToken> request_stats(const StatsSubject& subject);

  // What a worker says of itself; and, once a second, which share of its core it used.
  void notice(const worker::Notice& notice);
  void measured(unsigned worker, double share);

  struct Addressed {
    unsigned worker;
    worker::Command command;
  };
  std::vector<Addressed> take_commands() { return std::exchange(commands_, {}); }
  bool has_events() const { return !events_.empty(); }
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

  // Of one worker, for its report.
  struct Census {
    std::uint32_t routers = 0, transports = 0, producers = 0, consumers = 0;
  };
  const Census& census(unsigned worker) const { return census_[worker]; }

 private:
  struct Router {
    unsigned home() const { return spread.home(); }  // there it is decided who speaks

    Spread spread;
    std::vector<TransportId> transports;
  };
  struct Transport {
    RouterId router;
    std::size_t place = 0;  // in its list
    unsigned worker = 0;
    ortc::IceParameters ice;
    std::optional<ortc::DtlsParameters> remote;
    std::string cname;           // of its producers, once one has named it
    std::uint64_t next_mid = 0;  // of its consumers, never reused
    // Of its consumers, two each, never reused: one key encrypts all of them (RFC 3711 §9.1), and RTCP finds them by
    // it.
    std::uint32_t next_ssrc = 0;
    std::vector<ProducerId> producers;
    std::vector<ConsumerId> consumers;
  };
  // Of a producer, on a worker that its packets do not come in on.
  struct Mirror {
    unsigned worker = 0;
    std::uint32_t users = 0;  // consumers there, and who decides on speakers
  };
  struct Producer {
    TransportId transport;
    ortc::MediaKind kind = ortc::MediaKind::kAudio;
    ortc::NegotiatedProducer negotiated;
    bool paused = false;
    std::vector<ConsumerId> consumers{};
    std::vector<Mirror> mirrors{};
    worker::SourceState state{};  // as its worker has told
  };
  struct Consumer {
    TransportId transport;
    ProducerId producer;
    std::size_t place = 0;                                        // in its list
    std::uint8_t highest_spatial = media::kHighestLayer.spatial;  // of the layers that were promised; else unknown
  };

  void tell(unsigned worker, worker::Command command);
  std::vector<ProducerId> conflicting(const Transport& transport, const ortc::RtpParameters& parameters) const;
  std::optional<unsigned> worker_of(const StatsSubject& subject) const;
  const Producer* source_of(const StatsSubject& subject) const;
  // mirrors.cc
  void use_mirror(ProducerId id, Producer& producer, unsigned worker);
  void leave_mirror(ProducerId id, Producer& producer, unsigned worker);
  void close_mirrors(ProducerId id, Producer& producer);
  void update_mirrors(ProducerId id, const Producer& producer);
  Spread& spread_of(const Transport& transport) { return routers_.at(transport.router).spread; }
  unsigned home_of(const Producer& producer) const { return transports_.at(producer.transport).worker; }
  // notices.cc
  void on(const worker::TransportUp& notice);
  void on(const worker::TransportDown& notice);
  void on(const worker::ProducerSilent& notice);
  void on(const worker::SpeakerChanged& notice);
  void on(const worker::ProducerScored& notice);
  void on(const worker::ConsumerScored& notice);
  void on(const worker::LayersChanged& notice);
  void on(const worker::StatsReady& notice);
  void end_transport(TransportId id, bool with_events);
  void end_producer(ProducerId id, bool with_events);
  void end_consumer(ConsumerId id, bool with_event);

  Setup setup_;
  Rng rng_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<RouterId, Router> routers_;
  std::unordered_map<TransportId, Transport> transports_;
  std::unordered_map<ProducerId, Producer> producers_;
  std::unordered_map<ConsumerId, Consumer> consumers_;
  std::unordered_map<StatsToken, StatsSubject> questions_;  // that workers have not answered yet
  std::vector<Census> census_;
  Placement placement_;
  std::vector<Addressed> commands_;
  std::vector<Event> events_;
};

}  // namespace consomme::sfu
