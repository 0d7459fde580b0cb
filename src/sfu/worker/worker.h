// All the media of one core: transports, producers and consumers, and the timers of all of them. Pure in (now, input):
// the runtime drives it with real sockets, the simulator with virtual ones. The data road of docs/architecture.md runs
// through receive() and flush().
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "base/datagram.h"
#include "base/rng.h"
#include "base/slab.h"
#include "base/strong.h"
#include "base/time.h"
#include "sfu/router/router.h"
#include "sfu/transport/demux.h"
#include "sfu/transport/transport.h"
#include "sfu/worker/allocation.h"
#include "sfu/worker/command.h"
#include "sfu/worker/peer.h"
#include "sfu/worker/room.h"
#include "sfu/worker/rtcp_in.h"
#include "sfu/worker/timer_queue.h"

namespace consomme::worker {

struct Config {
  ice::Config ice;
  std::size_t max_packets = 65536;  // of the receive pool
  std::uint64_t seed = 1;           // SSRCs of our RTCP
};

struct Counters {
  std::uint64_t packets_received = 0;  // datagrams of any kind
  std::uint64_t bytes_received = 0;
  std::uint64_t rtp_received = 0;   // accepted by a stream
  std::uint64_t rtp_forwarded = 0;  // planned for a consumer
  std::uint64_t rtp_repaired = 0;   // accepted, of RTX streams
};

class Worker {
 public:
  // `dtls` and `crypto` outlive the worker.
  Worker(const Config& config, const dtls::Context& dtls, const srtp::CryptoEngine& crypto);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Every call that takes `out` wants transport::kRoomPerInput places in it.
  void execute(Instant now, const Command& command, SendBatch& out);
  void receive(Instant now, const Datagram& in, SendBatch& out);
  // What is due; once in every turn, behind all that came in, since what a packet made us want of somebody is due at
  // once. False: `out` is full and more is due.
  bool expire(Instant now, SendBatch& out);
  // The end of a loop turn: what was queued is encrypted into `out`. False: `out` is full and there is more.
  bool flush(Instant now, SendBatch& out);
  Instant deadline() const { return std::min(timers_.deadline(), next_decision_); }

  std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }

  const Counters& counters() const { return counters_; }
  const RtcpCounts& rtcp_counts() const { return rtcp_in_.counts(); }
  const transport::DropCounters& drops() const { return drops_; }
  std::size_t packets_in_use() const { return packets_.in_use(); }
  std::size_t transports() const { return peers_.size(); }
  std::size_t producers() const { return router_.producers(); }
  std::size_t consumers() const { return router_.consumers(); }
  std::size_t tuples() const { return demux_.tuples(); }

 private:
  static constexpr Duration kReportInterval = 1s;
  static constexpr Duration kActivityInterval = 250ms;  // a dead encoding is left so much later at most
  static constexpr Duration kAssessmentInterval = 1s;   // of scores

  void on(Instant now, const CreateTransport& c, SendBatch& out);
  void on(Instant now, const ConnectTransport& c, SendBatch& out);
  void on(Instant now, const RestartIce& c, SendBatch& out);
  void on(Instant now, const CloseTransport& c, SendBatch& out);
  void on(Instant now, const CreateProducer& c, SendBatch& out);
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
  void learn_ssrc(media::InboundStream& encoding, Ssrc ssrc, bool rtx);
  void on_rtcp(Instant now, Peer& peer, ByteView compound);
  void mark_queued(Peer& peer);

  // observe.cc
  void observe(Instant now, router::Producer& producer, const media::Packet& packet);
  void begin(Instant now, Peer& peer, router::Producer& producer);
  void watch(Peer& peer, const router::Producer& producer);
  void judge_presence(Instant now, Peer& peer);
  void assess(Instant now, Peer& peer);
  void assess(Instant now, router::Producer& producer);
  void assess(Instant now, router::Consumer& consumer);
  void enter_room(Instant now, const Peer& peer, router::Producer& producer);
  void leave_room(const Peer& peer, router::Producer& producer);
  void decide_speakers(Instant now);

  bool expire(Instant now, Peer& peer, SendBatch& out);
  Duration report_interval();
  void schedule(Peer& peer);
  void wake(PathHandle path);
  void limit_layers(Instant now, Peer& peer, const router::Consumer* joining);
  void share_bandwidth(Instant now, Peer& peer);
  void share_again(Instant now, PathHandle path);
  void pad(Instant now, Peer& peer);

  Peer* find(TransportId id);
  bool follow(Instant now, Peer& peer, SendBatch& out);
  void release(Instant now, router::Consumer& consumer, router::Hold why);
  void forget_tuples(const Peer& peer);
  void forget_ufrags(const Peer& peer);
  void close(router::Consumer& consumer);
  void close(router::Producer& producer);
  void close(Peer& peer, SendBatch& out);

  Rng rng_;
  transport::DropCounters drops_;
  Counters counters_;
  media::PacketPool packets_;  // before whatever holds packets, so that it outlives them
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
  std::vector<media::Speaker> speakers_;             // of one room, while that is decided
  std::vector<Notice> notices_;
};

}  // namespace consomme::worker
