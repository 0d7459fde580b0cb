// The SFU as a library: media plane and negotiation, without HTTP, JSON, rooms or users.
//
// One thread, the control thread, owns an Sfu and calls it; every call answers at once, because negotiation is pure and
// all that a client must be told (ids, ICE credentials, candidates, SSRCs) is known on this side. The workers, one
// thread a core, learn of it through their mailboxes in the order of the calls. What happens on its own
// comes back as events: wait for event_fd() to become readable, then poll().
//
// Ids are never reused in the life of a process. A call with an id that does not exist (any more) gets kNotFound, or,
// for calls without an answer, does nothing: closing is idempotent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/ortc/parameters.h"
#include "sfu/ortc/stats.h"
#include "sfu/ortc/transport_parameters.h"

namespace consomme::sfu {

struct ListenAddress {
  // A literal to bind to. 0.0.0.0 and :: are all the addresses that this host has when it starts, but link-local ones;
  // where another address is announced, they are bound as they are, and answers leave from where the routes say.
  std::string ip = "0.0.0.0";
  std::string announced;  // what clients are told instead, as behind NAT; a literal address; empty: what is bound
};

struct Config {
  unsigned workers = 0;                      // threads; 0: one per core
  std::vector<ListenAddress> listen = {{}};  // at most 4, which may stand for 32 a worker
  std::uint16_t first_port = 40000;          // worker i takes UDP and TCP port first_port + i; 0: any free port
  bool single_port = false;                  // all workers share first_port
  bool udp = true;
  bool tcp = true;
  std::vector<ortc::RtpCodecCapability> codecs;  // in the order offered; empty: the default set
  Duration consent_timeout = 30s;                // RFC 7675 §5.1
  std::uint32_t packets_per_worker = 262'144;    // receive pool, 1.7 KB each: 2 s of 1.2 Gbit/s
  std::uint32_t max_transports_per_worker = 20000;
  double max_load = 0.9;  // WorkerReport::load; where every worker is above it, there is no capacity for anybody new
  std::uint32_t max_producers_per_transport = 16;
  std::uint32_t max_consumers_per_transport = 1000;
};

// What a client's RTCPeerConnection needs of a new transport.
struct TransportOffer {
  TransportId id;
  ortc::IceParameters ice_parameters;
  std::vector<ortc::IceCandidate> ice_candidates;
  ortc::DtlsParameters dtls_parameters;  // role auto
};

struct ProduceRequest {
  TransportId transport;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  ortc::RtpParameters rtp_parameters;
  bool paused = false;
  bool may_add = true;  // false: kLimit unless it replaces another
};
struct Produced {
  ProducerId id;
  // Stale producers of the same transport whose MID (an empty one is none) or SSRCs the new one takes over; they and
  // their consumers are closed.
  std::vector<ProducerId> replaced;
};

struct ConsumeRequest {
  TransportId transport;
  ProducerId producer;
  const ortc::RtpCapabilities& rtp_capabilities;  // looked at during the call only
  bool paused = true;
};
struct ConsumerOffer {
  ConsumerId id;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  ortc::RtpParameters rtp_parameters;
  bool producer_paused = false;
};

// Events. A transport that ends by itself closes its producers and consumers; those events come first, the transport's
// last.
struct TransportConnected {
  TransportId transport;
};  // ICE and DTLS are up
enum class TransportEnd : std::uint8_t { kConsentLost, kDtlsFailed, kDtlsClosed };
struct TransportEnded {
  TransportId transport;
  TransportEnd reason;
};
struct ProducerEnded {
  ProducerId producer;
};
struct ConsumerEnded {
  ConsumerId consumer;
  ProducerId producer;
};
// Inferred from the media: for 2 s nothing came of the producer, or only sound that says of itself that it is silent;
// or the first packet that is again something. A new producer is not silent.
struct ProducerSilent {
  ProducerId producer;
  bool silent = false;
};
// nullopt: nobody speaks.
struct SpeakerChanged {
  RouterId router;
  std::optional<ProducerId> speaker;
};
// Scores are 0 (nothing arrives) to 10 (perfect), told when they have changed, at most once a second.
struct ProducerScored {
  ProducerId producer;
  std::uint8_t score = 0;               // of the best encoding
  std::vector<std::uint8_t> encodings;  // worst first
};
struct ConsumerScored {
  ConsumerId consumer;
  std::uint8_t score = 0;
  std::uint8_t producer_score = 0;  // of the encoding that it gets
};
struct ConsumerLayers {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
};
struct ConsumerLayersChanged {
  ConsumerId consumer;
  std::optional<ConsumerLayers> layers;  // nullopt: it gets nothing
};
// The answer to request_stats().
struct StatsReady {
  StatsToken token;
  ortc::Stats stats;  // monostate: its subject has ended meanwhile
};
using Event = std::variant<TransportConnected, TransportEnded, ProducerEnded, ConsumerEnded, ProducerSilent,
                           SpeakerChanged, ProducerScored, ConsumerScored, ConsumerLayersChanged, StatsReady>;

using StatsSubject = std::variant<TransportId, ProducerId, ConsumerId>;

const char* to_string(TransportEnd reason);  // "consent lost", "dtls failed", "dtls closed"

// A worker's sums since its start, a second old at most.
struct WorkerReport {
  Duration age{};  // since the worker made it; since the start, if it has not made one yet
  std::uint32_t routers = 0, transports = 0, producers = 0, consumers = 0;
  double load = 0;  // share of a core that it wanted in the last second, or of the packets that it may hold if more
  std::uint64_t packets_received = 0, bytes_received = 0, packets_sent = 0, bytes_sent = 0;
  std::uint64_t packets_repaired = 0;     // received, by RTX
  std::uint64_t packets_lent = 0;         // received, to another worker each
  std::uint64_t packets_handed_over = 0;  // that came to it on the port of all, and were another's
  std::uint64_t nacks_received = 0, packets_resent = 0, key_frames_asked = 0;  // what receivers asked for
  std::vector<std::pair<std::string, std::uint64_t>> drops;                    // by reason, zeros included
};

class Sfu {
 public:
  // Binds the sockets and starts the workers; an error says which setting to change.
  static Result<std::unique_ptr<Sfu>> start(const Config& config);
  ~Sfu();  // stops and joins the workers
  Sfu(const Sfu&) = delete;
  Sfu& operator=(const Sfu&) = delete;

  // Of every router: one set of codecs a server.
  const ortc::RtpCapabilities& rtp_capabilities() const;

  // Whether there is a worker for another participant. Without one, what is asked for is done all the same: whom to
  // turn away is the owner's to decide.
  bool has_capacity() const;

  // The addresses that clients are told, each once, in the order of preference. Read at the start, and kept.
  const std::vector<std::string>& announced() const;

  // False: the kernel has granted UDP sockets less than half of the buffers that a burst takes (net.core.rmem_max and
  // wmem_max).
  bool has_udp_buffers() const;

  // Config::single_port only. False: the kernel may not be told whose a datagram is, for want of rights (CAP_BPF and
  // CAP_NET_ADMIN), and the workers hand over to each other what does not come to its own.
  bool is_port_steered() const;

  RouterId create_router();     // begins on the least loaded worker, and spreads as it grows
  void close_router(RouterId);  // with all that is in it; no events

  Result<TransportOffer> create_transport(RouterId);
  // Again with the same parameters: success; with others: kConflict.
  Result<void> connect_transport(TransportId, const ortc::DtlsParameters& remote);
  Result<ortc::IceParameters> restart_ice(TransportId);
  void close_transport(TransportId);  // with its producers and consumers; gives ProducerEnded and ConsumerEnded events

  Result<Produced> produce(const ProduceRequest&);
  void pause_producer(ProducerId);
  void resume_producer(ProducerId);
  void close_producer(ProducerId);  // gives ConsumerEnded events for its consumers, none for itself

  // The capabilities of these two are as ortc::validate() returns them: judged once, when a client has said them, not
  // for each of a room's producers.
  bool can_consume(ProducerId, const ortc::RtpCapabilities&) const;
  Result<ConsumerOffer> consume(const ConsumeRequest&);  // kUnsupported: the capabilities do not fit
  void pause_consumer(ConsumerId);
  void resume_consumer(ConsumerId);  // a key frame is asked for by itself
  void request_key_frame(ConsumerId);
  void close_consumer(ConsumerId);  // no event
  // The best that the consumer wants; without `temporal` all temporal layers of that spatial one.
  void set_preferred_layers(ConsumerId, std::uint8_t spatial, std::optional<std::uint8_t> temporal);
  // Of two that share a bandwidth, the one with more is served first: 1 to 255, at first 1.
  void set_priority(ConsumerId, std::uint8_t);

  // The figures live in the workers: they come as StatsReady, always, with the token returned here.
  Result<StatsToken> request_stats(const StatsSubject&);

  int event_fd() const;                   // readable when poll() has something
  void poll(std::vector<Event>& events);  // appends

  std::vector<WorkerReport> reports() const;

 private:
  class Body;
  explicit Sfu(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace consomme::sfu
