// All the media of one core: transports, producers and consumers, and the timers of all of them. Pure in (now, input):
// the runtime drives it with real sockets, the simulator with virtual ones. The data road of docs/architecture.md runs
// through receive() and flush().
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/datagram.h"
#include "base/rng.h"
#include "base/slab.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/media/borrowed_packets.h"
#include "sfu/router/router.h"
#include "sfu/transport/demux.h"
#include "sfu/transport/transport.h"
#include "sfu/worker/allocation.h"
#include "sfu/worker/command.h"
#include "sfu/worker/crossing.h"
#include "sfu/worker/peer.h"
#include "sfu/worker/room.h"
#include "sfu/worker/rtcp_in.h"
#include "sfu/worker/timer_queue.h"

namespace consomme::worker {

struct Config {
  ice::Config ice;
  std::size_t max_packets = 262'144;  // of the receive pool
  std::uint64_t seed = 1;             // SSRCs of our RTCP
  bool shared_port = false;           // with other workers: somebody wants to know whose tuples are whose
};

struct TupleChange {
  Tuple tuple;
  bool ours = false;
};

struct Counters {
  std::uint64_t packets_received = 0;  // datagrams of any kind
  std::uint64_t bytes_received = 0;
  std::uint64_t rtp_received = 0;   // accepted by a stream
  std::uint64_t rtp_forwarded = 0;  // planned for a consumer
  std::uint64_t rtp_repaired = 0;   // accepted, of RTX streams
  std::uint64_t rtp_lent = 0;       // to another worker each
};

class Worker {
 public:
  // Of a datagram that may be another worker's: the username fragment of ours that it is addressed to, empty if it
  // names none; nullopt: it is no connectivity check, its remote alone says whose it is.
  static std::optional<std::string_view> addressed_ufrag(ByteView datagram);

  // `dtls` and `crypto` outlive the worker.
  Worker(const Config& config, const dtls::Context& dtls, const srtp::CryptoEngine& crypto);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Every call that takes `out` wants transport::kRoomPerInput places in it.
  void execute(Instant now, const Command& command, SendBatch& out);
  void receive(Instant now, const Datagram& in, SendBatch& out) {
    if (!accept(now, in, out)) refuse(in);
  }
  // Where others take in datagrams of ours and we of theirs: false, it is for no transport here. Then either another
  // worker has it, or it is refused.
  bool accept(Instant now, const Datagram& in, SendBatch& out);
  void refuse(const Datagram& in, transport::Drop reason = transport::Drop::kNoTransport);
  // What the worker `from` says, in its order.
  void receive(Instant now, unsigned from, const Crossing& said);
  // What is due; once in every turn, behind all that came in, since what a packet made us want of somebody is due at
  // once. False: `out` is full and more is due.
  bool expire(Instant now, SendBatch& out);
  // The end of a loop turn: what was queued is encrypted into `out`. False: `out` is full and there is more.
  bool flush(Instant now, SendBatch& out);
  // Before or behind it: what waits for other workers, each at its number; some are never spoken to.
  std::span<Outbox> outboxes();
  // Now and then, between turns: memory that only more people needed goes back to the allocator. False: there is none.
  bool shrink() {
    const bool owned = packets_.shrink();
    return borrowed_.shrink() || owned;
  }
  Instant deadline() const { return std::min({timers_.deadline(), next_decision_, next_refresh_}); }

  std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }
  // Which tuples have become those of transports here, or are no longer; only if Config::shared_port.
  std::vector<TupleChange> take_tuple_changes() { return std::exchange(tuple_changes_, {}); }
  bool knows(const Tuple& tuple) const { return demux_.knows(tuple); }
  // It is another worker's.
  void lose_tuple(const Tuple& tuple) { demux_.lose_tuple(tuple); }
  // A transport of another worker claims it. False: it is in use here, and stays.
  bool give_up_tuple(Instant now, const Tuple& tuple);

  const Counters& counters() const { return counters_; }
  const RtcpCounts& rtcp_counts() const { return rtcp_in_.counts(); }
  const transport::DropCounters& drops() const { return drops_; }
  std::size_t packets_in_use() const { return packets_.in_use(); }
  double share_of_packets() const { return packets_.share_in_use(); }
  std::size_t packets_borrowed() const { return borrowed_.in_use(); }
  std::size_t transports() const { return peers_.size(); }
  std::size_t producers() const { return router_.producers(); }  // mirrors included
  std::size_t consumers() const { return router_.consumers(); }
  std::size_t tuples() const { return demux_.tuples(); }

 private:
  static constexpr Duration kReportInterval = 1s;
  static constexpr Duration kTupleGrace = 3s;           // a reloaded page on the same port waits so long at most
  static constexpr Duration kActivityInterval = 250ms;  // a dead encoding is left so much later at most
  static constexpr Duration kAssessmentInterval = 1s;   // of scores
  // Where packets are scarce: so old they are not kept to be sent again, and so often is looked for such.
  static constexpr Duration kScarceAge = 500ms;
  static constexpr Duration kScarceInterval = 100ms;

  void on(Instant now, const CreateTransport& c, SendBatch& out);
  void on(Instant now, const ConnectTransport& c, SendBatch& out);
  void on(Instant now, const RestartIce& c, SendBatch& out);
  void on(Instant now, const CloseTransport& c, SendBatch& out);
  void on(Instant now, const CreateProducer& c, SendBatch& out);
  void on(Instant now, const OpenMirror& c, SendBatch& out);
  void on(Instant now, const UpdateMirror& c, SendBatch& out);
  void on(Instant now, const Lend& c, SendBatch& out);
  void on(Instant now, const StopLending& c, SendBatch& out);
  void on(Instant now, const CloseProducer& c, SendBatch& out);
  void on(Instant now, const PauseProducer& c, SendBatch& out);
  void on(Instant now, const CreateConsumer& c, SendBatch& out);
  void on(Instant now, const CloseConsumer& c, SendBatch& out);
  void on(Instant now, const PauseConsumer& c, SendBatch& out);
  void on(Instant now, const RequestKeyFrame& c, SendBatch& out);
  void on(Instant now, const SetPreferredLayers& c, SendBatch& out);
  void on(Instant now, const SetPriority& c, SendBatch& out);
  void on(Instant now, const GetStats& c, SendBatch& out);

  void forward(Instant now, const transport::StreamTable::Match& match, media::PacketBuilder packet);
  void deliver(Instant now, router::Producer& producer, const media::PacketRef& packet, media::Encoding encoding);
  void forget_early(Instant now);
  void learn_ssrc(media::InboundStream& encoding, Ssrc ssrc, bool rtx);
  void on_rtcp(Instant now, Peer& peer, ByteView compound);
  void mark_queued(Peer& peer);

  // mirrors.cc
  void lend(router::Producer& producer, const media::Packet& packet, media::Encoding encoding);
  void take(Instant now, unsigned from, const LentPacket& lent);
  void take(Instant now, unsigned from, const EndedLoans& ended);
  void take(Instant now, unsigned from, const KeyFrameWanted& wanted);
  void refresh_mirrors(Instant now);
  void ask_home(Instant now, router::Producer& mirror);
  Outbox& outbox(unsigned worker);

  // observe.cc
  static std::optional<std::uint8_t> hear(Instant now, router::Producer& producer, const media::Packet& packet);
  void observe(Instant now, router::Producer& producer, const media::Packet& packet);
  void begin(Instant now, Peer& peer, router::Producer& producer);
  void watch(Peer& peer, const router::Producer& producer);
  void judge_presence(Instant now, Peer& peer);
  void assess(Instant now, Peer& peer);
  void assess(Instant now, router::Producer& producer);
  void assess(Instant now, router::Consumer& consumer);
  void enter_room(Instant now, std::optional<RouterId> room, router::Producer& producer);
  void leave_room(router::Producer& producer);
  void decide_speakers(Instant now);

  bool expire(Instant now, Peer& peer, SendBatch& out);
  Duration report_interval();
  void schedule(Peer& peer);
  void pass_on_wants(Instant now, router::Producer& producer);
  void limit_layers(Instant now, Peer& peer, const router::Consumer* joining);
  void share_bandwidth(Instant now, Peer& peer);
  void share_again(Instant now, PathHandle path);
  void pad(Instant now, Peer& peer);

  Peer* find(TransportId id);
  bool follow(Instant now, Peer& peer, SendBatch& out);
  void release(Instant now, router::Consumer& consumer, router::Hold why);
  bool in_use(Instant now, const Tuple& tuple) const;
  void add_tuple(Instant now, const Tuple& tuple, const Peer& peer);
  void remove_tuple(const Tuple& tuple, const Peer& peer);
  void forget_tuples(const Peer& peer);
  void forget_ufrags(const Peer& peer);
  void close(router::Consumer& consumer);
  void close(router::Producer& producer);
  void close(Peer& peer, SendBatch& out);

  Rng rng_;
  transport::DropCounters drops_;
  Counters counters_;
  media::PacketPool packets_;  // these two before whatever holds packets, so that they outlive them
  media::BorrowedPackets borrowed_;
  transport::Shared shared_;
  transport::Demux demux_;
  router::Router router_;
  RtcpReceiver rtcp_in_{router_};
  LayerAllocation allocation_{router_};
  Slab<Peer, Path> peers_;
  boost::unordered_flat_map<TransportId, PathHandle> peers_by_id_;
  TimerQueue<PathHandle> timers_;
  std::vector<PathHandle> queued_;                   // have packets to flush
  boost::unordered_flat_map<RouterId, Room> rooms_;  // with sound
  Instant next_decision_ = kNever;                   // who speaks
  std::vector<router::Producer*> mirrors_;
  Instant next_refresh_ = kNever;  // of mirrors: which encodings are alive
  Instant next_forgetting_{};
  std::vector<Outbox> outboxes_;
  std::vector<media::Speaker> speakers_;  // of one room, while that is decided
  std::vector<Notice> notices_;
  bool shared_port_;
  std::vector<TupleChange> tuple_changes_;
};

}  // namespace consomme::worker
