// The worker's control road: how each command is carried out.
#include <algorithm>
#include <utility>

#include "sfu/worker/stats.h"
#include "sfu/worker/worker.h"

namespace consomme::worker {

namespace {

transport::AnnouncedProducer announcement(const router::ProducerSetup& setup) {
  transport::AnnouncedProducer announced{.producer = setup.producer,
                                         .mid = setup.mid,
                                         .streams = {},
                                         .rtx_payload_types = {},
                                         .extensions = setup.extensions};
  for (const router::StreamSetup& stream : setup.streams)
    announced.streams.push_back({stream.ssrc, stream.rtx_ssrc, stream.rid});
  for (const router::PayloadSetup& payload : setup.payloads)
    if (payload.repairs) announced.rtx_payload_types.push_back(payload.incoming);
  return announced;
}

}  // namespace

void Worker::execute(Instant now, const Command& command, SendBatch& out) {
  std::visit([&](const auto& c) { on(now, c, out); }, command);
}

Peer* Worker::find(TransportId id) {
  const auto it = peers_by_id_.find(id);
  return it == peers_by_id_.end() ? nullptr : peers_.find(it->second);
}

void Worker::on(Instant, const CreateTransport& c, SendBatch&) {
  const PathHandle handle = peers_.emplace(c.transport, transport::Transport(shared_, c.local, Ssrc(rng_.u32())));
  Peer& peer = *peers_.find(handle);
  peer.handle = handle;
  peer.router = c.router;
  peers_by_id_[c.transport] = handle;
  demux_.add_ufrag(c.local.ufrag, handle);
}

void Worker::on(Instant now, const ConnectTransport& c, SendBatch& out) {
  Peer* const peer = find(c.transport);
  if (peer == nullptr) return;
  const transport::State before = peer->transport.state();
  peer->transport.connect(now, c.role, c.remote, out);
  if (peer->transport.state() != before && !follow(now, *peer, out)) return;
  schedule(*peer);
}

void Worker::on(Instant, const RestartIce& c, SendBatch&) {
  Peer* const peer = find(c.transport);
  if (peer == nullptr) return;
  forget_ufrags(*peer);
  peer->transport.restart_ice(c.local);
  peer->former_ufrag = peer->transport.former()->ufrag;
  demux_.add_ufrag(peer->former_ufrag, peer->handle);
  demux_.add_ufrag(c.local.ufrag, peer->handle);
}

void Worker::on(Instant, const CloseTransport& c, SendBatch& out) {
  if (Peer* const peer = find(c.transport)) close(*peer, out);
}

void Worker::on(Instant now, const CreateProducer& c, SendBatch&) {
  Peer* const peer = find(c.transport);
  if (peer == nullptr) return;
  router::Producer& producer = router_.add(c.setup, peer->handle);
  peer->producers.push_back(&producer);
  peer->transport.announce(announcement(c.setup));
  if (peer->rtt) set_rtt(*peer, *peer->rtt);
  enter_room(now, peer->router, producer);
  if (peer->transport.state() == transport::State::kConnected) begin(now, *peer, producer);
  if (producer.encodings.size() > 1) peer->next_activity = std::min(peer->next_activity, now + kActivityInterval);
  schedule(*peer);
}

void Worker::on(Instant, const CloseProducer& c, SendBatch&) {
  if (router::Producer* const producer = router_.find(c.producer)) close(*producer);
}

void Worker::on(Instant now, const PauseProducer& c, SendBatch&) {
  router::Producer* const producer = router_.find(c.producer);
  if (producer == nullptr) return;
  router_.pause(now, *producer, c.paused);
  pass_on_wants(now, *producer);
}

void Worker::on(Instant now, const CreateConsumer& c, SendBatch&) {
  Peer* const peer = find(c.transport);
  if (peer == nullptr) return;
  const bool connected = peer->transport.state() == transport::State::kConnected;
  router::Consumer* const consumer = router_.add(now, c.setup, peer->handle, connected);
  if (consumer == nullptr) return;
  peer->consumers.push_back(consumer);
  peer->consumers_by_ssrc[c.setup.header.ssrc] = consumer;
  const bool numbered = c.setup.header.extensions.has(HeaderExtension::kTransportWideCc);
  if (consumer->producer->video && !numbered) peer->transport.estimator().expect_no_numbers();
  if (peer->rtt) consumer->stream.set_path_rtt(*peer->rtt);
  if (connected) peer->next_allocation = std::min(peer->next_allocation, now);
  schedule(*peer);
  pass_on_wants(now, *consumer->producer);
}

void Worker::on(Instant, const CloseConsumer& c, SendBatch&) {
  if (router::Consumer* const consumer = router_.find(c.consumer)) close(*consumer);
}

void Worker::on(Instant now, const PauseConsumer& c, SendBatch&) {
  router::Consumer* const consumer = router_.find(c.consumer);
  if (consumer == nullptr) return;
  if (c.paused)
    router_.hold(*consumer, router::Hold::kByClient);
  else
    release(now, *consumer, router::Hold::kByClient);
}

void Worker::on(Instant now, const RequestKeyFrame& c, SendBatch&) {
  router::Consumer* const consumer = router_.find(c.consumer);
  if (consumer == nullptr) return;
  router_.request_key_frame(now, *consumer);
  pass_on_wants(now, *consumer->producer);
}

void Worker::on(Instant now, const SetPreferredLayers& c, SendBatch&) {
  router::Consumer* const consumer = router_.find(c.consumer);
  if (consumer == nullptr) return;
  consumer->share.preferred = {c.spatial, c.temporal.value_or(media::kHighestLayer.temporal)};
  consumer->stream.set_preferred(consumer->share.preferred);
  share_again(now, consumer->path);
}

void Worker::on(Instant now, const SetPriority& c, SendBatch&) {
  router::Consumer* const consumer = router_.find(c.consumer);
  if (consumer == nullptr) return;
  consumer->share.priority = c.priority;
  share_again(now, consumer->path);
}

// At the end of this turn.
void Worker::share_again(Instant now, PathHandle path) {
  Peer* const peer = peers_.find(path);
  if (peer == nullptr || peer->next_allocation == kNever) return;
  peer->next_allocation = now;
  schedule(*peer);
}

void Worker::on(Instant now, const GetStats& c, SendBatch&) {
  ortc::Stats stats;
  if (const auto* const transport = std::get_if<TransportId>(&c.subject)) {
    if (const Peer* const peer = find(*transport)) stats = stats_of(*peer);
  } else if (const auto* const id = std::get_if<ProducerId>(&c.subject)) {
    if (router::Producer* const producer = router_.find(*id)) stats = stats_of(now, *producer);
  } else if (const router::Consumer* const consumer = router_.find(std::get<ConsumerId>(c.subject))) {
    stats = stats_of(*consumer);
  }
  notices_.emplace_back(StatsReady{c.token, std::move(stats)});
}

void Worker::forget_ufrags(const Peer& peer) {
  demux_.remove_ufrag(peer.former_ufrag);
  demux_.remove_ufrag(peer.transport.local().ufrag);
}

void Worker::close(router::Consumer& consumer) {
  if (Peer* const peer = peers_.find(consumer.path)) {
    peer->transport.forget(consumer.stream);
    peer->consumers_by_ssrc.erase(consumer.stream.header().ssrc);
    std::erase(peer->consumers, &consumer);
  }
  router_.remove(consumer);
}

void Worker::close(router::Producer& producer) {
  while (!producer.consumers.empty()) close(*producer.consumers.back());
  if (Peer* const peer = peers_.find(producer.path)) {
    peer->transport.withdraw(producer.id);
    std::erase(peer->producers, &producer);
  }
  leave_room(producer);
  if (producer.home) std::erase(mirrors_, &producer);
  router_.remove(producer);
}

void Worker::close(Peer& peer, SendBatch& out) {
  while (!peer.producers.empty()) close(*peer.producers.back());
  while (!peer.consumers.empty()) close(*peer.consumers.back());
  peer.transport.close(out);
  forget_ufrags(peer);
  peer.transport.each_validated([&](const Tuple& tuple) { remove_tuple(tuple, peer); });
  peers_by_id_.erase(peer.id);
  peers_.erase(peer.handle);
}

}  // namespace consomme::worker
