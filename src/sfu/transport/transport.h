// One transport: ICE, DTLS and SRTP of one peer path, the table that names what comes in, the queue of what goes out,
// and what bandwidth there is for it. Driven by its worker: receive() for every datagram, flush() once at the end of a
// loop turn, expire() at deadline(). It knows streams and SSRCs, but neither producers nor consumers nor rooms.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/datagram.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/estimator.h"
#include "sfu/bwe/pacer.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/bwe/uplink_estimator.h"
#include "sfu/dtls/context.h"
#include "sfu/dtls/session.h"
#include "sfu/ice/agent.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/packet.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"
#include "sfu/transport/drop.h"
#include "sfu/transport/send_queue.h"
#include "sfu/transport/stream_table.h"

namespace consomme::transport {

// What all transports of a worker share.
struct Shared {
  const dtls::Context& dtls;
  const srtp::CryptoEngine& crypto;
  media::PacketPool& packets;
  DropCounters& drops;
  ice::Config ice;
};

// Datagrams that one call may append to a batch: an answer to a check, or a flight of the handshake.
inline constexpr std::size_t kRoomPerInput = 16;

// RTP and RTCP, as datagrams.
struct Traffic {
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;
};

enum class State : std::uint8_t { kNew, kConnected, kConsentLost, kDtlsFailed, kDtlsClosed };

// What one datagram brought. At most one of packet and rtcp is there.
struct Received {
  bool tuple_validated = false;  // an authenticated check came over it
  bool state_changed = false;    // see state()
  media::PacketBuilder packet;   // RTP in plaintext; its view, extensions and arrival time are set
  StreamTable::Match match;      // of packet
  ByteView rtcp;                 // compound, plaintext; valid until the next call
};

class Transport {
 public:
  // `rtcp_ssrc`: who we are in RTCP of ours that speaks for no stream.
  Transport(const Shared& shared, ice::Credentials local, Ssrc rtcp_ssrc);

  // --- control
  // A peer that began its handshake before is answered at once: see state().
  void connect(Instant now, dtls::Role role, std::vector<dtls::Fingerprint> remote, SendBatch& out);
  void restart_ice(ice::Credentials local) { ice_.restart(std::move(local)); }
  const ice::Credentials& local() const { return ice_.local(); }
  const std::optional<ice::Credentials>& former() const { return ice_.former(); }
  void announce(const AnnouncedProducer& producer) { streams_.add(producer); }
  void withdraw(ProducerId producer);
  void close(SendBatch& out);  // says goodbye, if there is room

  // --- the data road
  Received receive(Instant now, const Datagram& in, SendBatch& out);
  // Queues one packet for the next flush, or if it is paced for one of the next. `stream` says how it is written, and
  // must be forgotten before it dies.
  enum class Departure : std::uint8_t { kAtOnce, kPaced };
  void queue(const media::PacketRef& packet, const media::Rewrite& rewrite, media::OutboundStream& stream,
             Departure departure = Departure::kAtOnce);
  void queue(const media::Resend& resend, media::OutboundStream& stream);
  void forget(const media::OutboundStream& stream);
  bool has_queued() const { return !at_once_.empty() || !paced_.empty(); }
  // Encrypts what was queued and may leave into `out`; false when `out` was full before that was done.
  bool flush(Instant now, SendBatch& out);
  // One compound RTCP packet in plaintext, at most kMaxRtcpBytes. Dropped and counted when it cannot be sent.
  void send_rtcp(ByteView compound, SendBatch& out);

  // The bandwidth towards the peer. It is told what is sent; feedback and padding are the caller's.
  bwe::Estimator& estimator() { return estimator_; }
  const bwe::Estimator& estimator() const { return estimator_; }

  void expire(Instant now, SendBatch& out);
  Instant deadline() const;

  State state() const { return state_; }
  bool can_send() const { return srtp_out_.has_value() && ice_.selected() != nullptr; }
  bool validated(const Tuple& tuple) const { return ice_.validated(tuple); }
  // Whether its peer has been heard over this tuple, and by what nobody else can send, after `since`.
  bool heard_after(Instant since, const Tuple& tuple) const {
    const auto heard = ice_.heard(tuple);
    return heard && *heard > since;
  }
  // Calls visit(tuple) for every validated tuple.
  template <class Visit>
  void each_validated(Visit visit) const {
    ice_.each_validated(visit);
  }
  // Tuples that lately ceased to be validated; what one call of receive() or expire() forgot is gone with the next.
  std::span<const Tuple> forgotten() const { return ice_.forgotten(); }
  // As the handshake showed it, if it did.
  std::optional<Duration> round_trip() const { return dtls_ ? dtls_->round_trip() : std::nullopt; }
  const Traffic& traffic() const { return traffic_; }
  ice::State ice_state() const { return ice_.state(); }
  const Tuple* selected() const { return ice_.selected(); }  // nullptr: none
  std::optional<dtls::State> dtls_state() const { return dtls_ ? std::optional(dtls_->state()) : std::nullopt; }
  Ssrc rtcp_ssrc() const { return rtcp_ssrc_; }

  // What RTCP of ours may measure in plaintext: the rest is SRTCP's.
  static constexpr std::size_t kMaxRtcpBytes = 1200;

 private:
  // Of a handshake that the peer began before signaling told us of it: a ClientHello with post-quantum keys is two
  // datagrams, and may come twice.
  static constexpr std::size_t kMaxEarlyDtls = 4;

  Received receive_stun(Instant now, const Datagram& in, SendBatch& out);
  Received receive_dtls(Instant now, const Datagram& in, SendBatch& out);
  void hold_dtls(ByteView datagram);
  Received receive_rtp(Instant now, const Datagram& in);
  Received receive_rtcp(Instant now, const Datagram& in);
  void start_dtls(Instant now);
  void follow_path(Instant now);
  void drain_dtls(SendBatch& out);
  void follow_dtls();
  void become(State next);
  void enqueue(SendQueue& queue, Queued queued);
  bool may_leave(Instant now) const { return !estimator_.limited() || pacer_.may_send(now); }
  void send_next(Instant now, SendQueue& queue, SendBatch& out);
  void commit(const Tuple& to, std::size_t bytes, SendBatch& out);
  void send(Instant now, const Queued& queued, const Tuple& to, SendBatch& out);
  void send_again(const Queued& queued, const Tuple& to, SendBatch& out);
  void note_arrival(Instant now, const media::Packet& packet, std::size_t bytes);
  void send_feedback(Instant now, SendBatch& out);
  Instant feedback_deadline() const;
  void drop(Drop reason) { shared_->drops.count(reason); }

  const Shared* shared_;
  Ssrc rtcp_ssrc_;
  ice::Agent ice_;
  std::optional<dtls::Session> dtls_;
  std::vector<std::vector<std::uint8_t>> early_dtls_;
  std::optional<srtp::Inbound> srtp_in_;
  std::optional<srtp::Outbound> srtp_out_;
  State state_ = State::kNew;
  Traffic traffic_;
  StreamTable streams_;
  bwe::TransportFeedback feedback_;
  std::optional<bwe::UplinkEstimator> uplink_{std::in_place};  // none for a peer that numbers its packets
  SendQueue at_once_;
  SendQueue paced_;  // video, once the link has shown a limit
  bwe::Pacer pacer_;
  Instant departure_ = kNever;  // of what the last flush has left
  std::optional<IpAddress> sends_to_;
  bwe::Estimator estimator_;
  std::vector<std::uint8_t> rtcp_;  // plaintext of the last compound received
};

}  // namespace consomme::transport
