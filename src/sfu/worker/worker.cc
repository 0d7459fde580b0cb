#include "sfu/worker/worker.h"

#include <algorithm>
#include <utility>

#include "sfu/transport/packet_kind.h"
#include "sfu/worker/padding.h"
#include "sfu/worker/rtcp_out.h"

namespace consomme::worker {

namespace {

using transport::Drop;

constexpr std::array<Drop, static_cast<std::size_t>(media::Drop::kCount)> kDropOfStream = {
    Drop::kRtpPayloadType, Drop::kRtpDuplicate, Drop::kRtpTooOld,    Drop::kRtpJump,
    Drop::kRtxProbe,       Drop::kRtxMalformed, Drop::kRedMalformed,
};

}  // namespace

Worker::Worker(const Config& config, const dtls::Context& dtls, const srtp::CryptoEngine& crypto)
    : rng_(config.seed),
      packets_(config.max_packets),
      borrowed_(config.max_packets),
      shared_{dtls, crypto, packets_, drops_, config.ice},
      shared_port_(config.shared_port) {}

std::optional<std::string_view> Worker::addressed_ufrag(ByteView datagram) {
  if (transport::packet_kind(datagram) != transport::PacketKind::kStun) return std::nullopt;
  return transport::addressed_ufrag(datagram);
}

bool Worker::accept(Instant now, const Datagram& in, SendBatch& out) {
  const auto path = demux_.find(in);
  Peer* const peer = path ? peers_.find(*path) : nullptr;
  if (peer == nullptr) return false;
  ++counters_.packets_received;
  counters_.bytes_received += in.bytes.size();
  transport::Received got = peer->transport.receive(now, in, out);
  if (got.tuple_validated) {
    add_tuple(now, in.from, *peer);
    forget_tuples(*peer);
  }
  if (got.packet) forward(now, got.match, std::move(got.packet));
  if (!got.rtcp.empty()) on_rtcp(now, *peer, got.rtcp);
  if (!got.state_changed || follow(now, *peer, out)) schedule(*peer);
  return true;
}

void Worker::refuse(const Datagram& in, Drop reason) {
  ++counters_.packets_received;
  counters_.bytes_received += in.bytes.size();
  drops_.count(reason);
}

void Worker::forward(Instant now, const transport::StreamTable::Match& match, media::PacketBuilder packet) {
  router::Producer* const producer = router_.find(match.producer);
  if (producer == nullptr) return drops_.count(Drop::kRtpNoStream);
  if (packets_.is_scarce()) {
    if (now >= next_forgetting_) forget_early(now);
    if (producer->video && packets_.is_scarce()) return drops_.count(Drop::kPoolExhausted);
  }
  media::InboundStream& encoding = producer->encodings[match.stream];
  learn_ssrc(encoding, packet->rtp.ssrc, match.rtx);
  const auto accepted = encoding.receive(now, std::move(packet), match.rtx);
  if (!accepted) return drops_.count(kDropOfStream[static_cast<std::size_t>(accepted.error())]);
  ++counters_.rtp_received;
  if (match.rtx) ++counters_.rtp_repaired;
  observe(now, *producer, **accepted);
  lend(*producer, **accepted, match.stream);
  deliver(now, *producer, *accepted, match.stream);
}

// Nearly all packets are held by histories, which let go of them when others come; now there is no room for others.
void Worker::forget_early(Instant now) {
  next_forgetting_ = now + kScarceInterval;
  peers_.each([&](PathHandle, Peer& peer) {
    for (router::Consumer* const consumer : peer.consumers) consumer->stream.forget(now, kScarceAge);
  });
}

void Worker::deliver(Instant now, router::Producer& producer, const media::PacketRef& packet,
                     media::Encoding encoding) {
  const auto departure =
      producer.video ? transport::Transport::Departure::kPaced : transport::Transport::Departure::kAtOnce;
  for (const router::Router::Delivery& delivery : router_.route(now, producer, *packet, encoding)) {
    Peer& to = *peers_.find(delivery.consumer->path);
    to.transport.queue(packet, delivery.rewrite, delivery.consumer->stream, departure);
    mark_queued(to);
    ++counters_.rtp_forwarded;
  }
}

void Worker::learn_ssrc(media::InboundStream& encoding, Ssrc ssrc, bool rtx) {
  if (rtx) {
    if (encoding.rtx_ssrc() != ssrc) encoding.bind_rtx(ssrc);
  } else if (encoding.ssrc() != ssrc) {
    encoding.bind(ssrc);
  }
}

void Worker::on_rtcp(Instant now, Peer& peer, ByteView compound) {
  const RtcpOutcome outcome = rtcp_in_.receive(now, peer, compound);
  if (!outcome.well_formed) drops_.count(Drop::kRtcpMalformed);
  if (outcome.queued) mark_queued(peer);
  if (peer.next_allocation != kNever && peer.transport.estimator().estimate() < peer.shared_estimate)
    peer.next_allocation = now;  // there is less to share
  for (router::Producer* const asked : outcome.sources_asked) pass_on_wants(now, *asked);
}

bool Worker::flush(Instant now, SendBatch& out) {
  while (!queued_.empty()) {
    Peer* const peer = peers_.find(queued_.back());
    if (peer != nullptr) {
      if (!peer->transport.flush(now, out)) return false;
      peer->queued = false;
      if (peer->transport.has_queued()) schedule(*peer);  // paced
    }
    queued_.pop_back();
  }
  return true;
}

void Worker::mark_queued(Peer& peer) {
  if (std::exchange(peer.queued, true)) return;
  queued_.push_back(peer.handle);
}

bool Worker::expire(Instant now, SendBatch& out) {
  if (now >= next_decision_) decide_speakers(now);
  if (now >= next_refresh_) refresh_mirrors(now);
  while (timers_.deadline() <= now) {
    if (out.room() < transport::kRoomPerInput) return false;
    const auto due = timers_.pop(now);
    Peer* const peer = peers_.find(due->handle);
    if (peer == nullptr || peer->wake.queued != due->at) continue;
    peer->wake.queued = kNever;
    if (expire(now, *peer, out)) schedule(*peer);
  }
  return true;
}

bool Worker::expire(Instant now, Peer& peer, SendBatch& out) {
  const transport::State before = peer.transport.state();
  peer.transport.expire(now, out);
  forget_tuples(peer);
  if (peer.transport.state() != before && !follow(now, peer, out)) return false;
  if (now >= peer.next_activity) {
    peer.next_activity = kNever;
    for (router::Producer* const producer : peer.producers) {
      if (producer->encodings.size() == 1) continue;
      router_.refresh_activity(now, *producer);
      peer.next_activity = now + kActivityInterval;
    }
  }
  if (now >= peer.next_allocation) share_bandwidth(now, peer);
  pad(now, peer);
  if (peer.transport.has_queued()) mark_queued(peer);
  if (now >= peer.next_presence) judge_presence(now, peer);
  if (now >= peer.next_assessment) assess(now, peer);
  send_stream_feedback(now, peer, out);
  if (now >= peer.next_report && send_reports(now, peer, out)) peer.next_report = now + report_interval();
  return true;
}

// About a second, spread over half to one and a half so that reports of many peers do not meet (RFC 3550 §6.3.1).
Duration Worker::report_interval() {
  return Duration(static_cast<Duration::rep>(static_cast<double>(kReportInterval.count()) * (0.5 + rng_.unit())));
}

void Worker::schedule(Peer& peer) {
  timers_.schedule(peer.wake, peer.handle, worker::deadline(peer));
}

// Something may be wanted of a source that was not wanted before.
void Worker::pass_on_wants(Instant now, router::Producer& producer) {
  if (producer.home) return ask_home(now, producer);
  if (Peer* const peer = peers_.find(producer.path)) schedule(*peer);
}

// Acts on a transport that became another state. False: it ended, and the peer with it.
bool Worker::follow(Instant now, Peer& peer, SendBatch& out) {
  switch (peer.transport.state()) {
    case transport::State::kNew:
      return true;
    case transport::State::kConnected:
      peer.next_report = now + report_interval() / 2;
      if (const auto rtt = peer.transport.round_trip()) {
        set_rtt(peer, *rtt);
        peer.transport.estimator().measured(now, *rtt);
      }
      peer.next_allocation = now;
      peer.next_assessment = now + kAssessmentInterval;
      for (router::Producer* const producer : peer.producers) begin(now, peer, *producer);
      for (router::Consumer* const consumer : peer.consumers) release(now, *consumer, router::Hold::kNoPath);
      notices_.emplace_back(TransportUp{peer.id});
      return true;
    case transport::State::kConsentLost:
      notices_.emplace_back(TransportDown{peer.id, End::kConsentLost});
      break;
    case transport::State::kDtlsFailed:
      notices_.emplace_back(TransportDown{peer.id, End::kDtlsFailed});
      break;
    case transport::State::kDtlsClosed:
      notices_.emplace_back(TransportDown{peer.id, End::kDtlsClosed});
      break;
  }
  close(peer, out);
  return false;
}

// Its share of the bandwidth comes first, so that the key frame that is asked for is one of the right layer.
void Worker::release(Instant now, router::Consumer& consumer, router::Hold why) {
  Peer* const peer = peers_.find(consumer.path);
  if (peer != nullptr && consumer.producer->video && router::held_only_by(consumer, why))
    limit_layers(now, *peer, &consumer);
  router_.release(now, consumer, why);
  pass_on_wants(now, *consumer.producer);
}

// Another layer may begin with a key frame only. `joining`: see LayerAllocation.
void Worker::limit_layers(Instant now, Peer& peer, const router::Consumer* joining) {
  for (router::Consumer* const consumer : allocation_.run(now, peer, joining)) {
    if (consumer == joining) continue;
    router_.pass_on_want(now, *consumer);
    pass_on_wants(now, *consumer->producer);
  }
}

// Also says what has changed in what consumers get.
void Worker::share_bandwidth(Instant now, Peer& peer) {
  limit_layers(now, peer, nullptr);
  for (router::Consumer* const consumer : peer.consumers) {
    if (!consumer->producer->video || consumer->holds != 0) continue;
    const auto current = consumer->stream.current();
    if (!current && !consumer->share.is_refused) continue;  // it waits for a key frame; no bandwidth is missing
    if (consumer->share.told && *consumer->share.told == current) continue;
    consumer->share.told = current;
    notices_.emplace_back(LayersChanged{consumer->id, current});
  }
  peer.shared_estimate = peer.transport.estimator().estimate();
  peer.next_allocation = peer.consumers.empty() ? kNever : now + LayerAllocation::kInterval;
}

// Sends what a probe of the bandwidth needs besides media.
void Worker::pad(Instant now, Peer& peer) {
  bwe::Estimator& estimator = peer.transport.estimator();
  if (now < estimator.deadline()) return;
  queue_padding(now, estimator.padding(now), peer, packets_);
  estimator.padded(now);
  if (estimator.wants_report(now)) peer.next_report = now;
}

// A peer that keeps changing ports leaves nothing behind.
void Worker::forget_tuples(const Peer& peer) {
  for (const Tuple& gone : peer.transport.forgotten()) remove_tuple(gone, peer);
}

// Told each time that a check comes over it. The source of a check can be forged (RFC 8445 §19.2), so it takes no tuple
// from whom others can hear that he is there; from who has left it takes it.
void Worker::add_tuple(Instant now, const Tuple& tuple, const Peer& peer) {
  if (demux_.owner(tuple) != peer.handle && in_use(now, tuple)) return;
  if (demux_.add_tuple(tuple, peer.handle) && shared_port_) tuple_changes_.push_back({tuple, true});
}

bool Worker::in_use(Instant now, const Tuple& tuple) const {
  const auto path = demux_.owner(tuple);
  const Peer* const owner = path ? peers_.find(*path) : nullptr;
  return owner != nullptr && owner->transport.heard_after(now - kTupleGrace, tuple);
}

bool Worker::give_up_tuple(Instant now, const Tuple& tuple) {
  if (in_use(now, tuple)) return false;
  demux_.lose_tuple(tuple);
  return true;
}

void Worker::remove_tuple(const Tuple& tuple, const Peer& peer) {
  if (demux_.remove_tuple(tuple, peer.handle) && shared_port_) tuple_changes_.push_back({tuple, false});
}

}  // namespace consomme::worker
