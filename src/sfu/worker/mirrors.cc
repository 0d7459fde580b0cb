// Where a room has outgrown one worker. The worker where a producer's packets come in lends each once to every worker
// that has consumers of it; there, a mirror stands for the producer, so that all else is as if they had come in there.
#include <algorithm>
#include <utility>

#include "sfu/worker/worker.h"

namespace consomme::worker {

namespace {

using transport::Drop;

void adopt(const SourceState& state, router::Producer& mirror) {
  mirror.presence.adopt(state.silent);
  for (std::size_t i = 0; i < std::min(state.scores.size(), mirror.encodings.size()); ++i)
    mirror.encodings[i].set_score(state.scores[i]);
}

bool is_alive(const router::Producer& producer, media::Encoding encoding) {
  return producer.encodings.size() == 1 || (producer.active_mask >> encoding & 1) != 0;
}

}  // namespace

// --- what the control side says

void Worker::on(Instant now, const OpenMirror& c, SendBatch&) {
  router::Producer& mirror = router_.add(c.setup, {});
  mirror.home = c.home;
  adopt(c.state, mirror);
  enter_room(now, c.router, mirror);
  mirrors_.push_back(&mirror);
  next_refresh_ = std::min(next_refresh_, now + kActivityInterval);
}

void Worker::on(Instant, const UpdateMirror& c, SendBatch&) {
  router::Producer* const mirror = router_.find(c.producer);
  if (mirror != nullptr) adopt(c.state, *mirror);
}

void Worker::on(Instant, const Lend& c, SendBatch&) {
  if (router::Producer* const producer = router_.find(c.producer)) producer->mirrors.push_back(c.to);
}

void Worker::on(Instant, const StopLending& c, SendBatch&) {
  if (router::Producer* const producer = router_.find(c.producer)) std::erase(producer->mirrors, c.to);
}

// --- what goes to other workers

std::span<Outbox> Worker::outboxes() {
  borrowed_.each_ended([this](unsigned lender, media::Loan loan) { outbox(lender).give_back(loan); });
  return outboxes_;
}

Outbox& Worker::outbox(unsigned worker) {
  if (worker >= outboxes_.size()) outboxes_.resize(worker + 1);
  return outboxes_[worker];
}

void Worker::lend(router::Producer& producer, const media::Packet& packet, media::Encoding encoding) {
  for (const unsigned to : producer.mirrors) {
    ++counters_.rtp_lent;
    const auto given_way = outbox(to).add({producer.id, encoding, packets_.lend(packet)}, producer.video);
    if (!given_way) continue;
    drops_.count(Drop::kCrossingFull);
    packets_.take_back(*given_way);
  }
}

// The home worker repeats it towards the sender by itself; what is repeated here is for a key frame that gave way.
void Worker::ask_home(Instant now, router::Producer& mirror) {
  for (std::size_t i = 0; i < mirror.encodings.size(); ++i)
    if (mirror.encodings[i].expire(now).key_frame)
      outbox(*mirror.home).add(KeyFrameWanted{mirror.id, static_cast<media::Encoding>(i)});
}

// --- what other workers say

void Worker::receive(Instant now, unsigned from, const Crossing& said) {
  std::visit([&](const auto& s) { take(now, from, s); }, said);
}

void Worker::take(Instant now, unsigned from, const LentPacket& lent) {
  router::Producer* const mirror = router_.find(lent.producer);
  if (mirror == nullptr || mirror->home != from) return outbox(from).give_back(lent.loan);
  const media::PacketRef packet = borrowed_.borrow(from, lent.loan);
  if (!packet) {
    drops_.count(Drop::kPoolExhausted);
    return outbox(from).give_back(lent.loan);
  }
  mirror->encodings[lent.encoding].follow(now, *packet);
  hear(now, *mirror, *packet);
  if (!is_alive(*mirror, lent.encoding)) router_.refresh_activity(now, *mirror);  // it has just begun here
  deliver(now, *mirror, packet, lent.encoding);
  ask_home(now, *mirror);
}

void Worker::take(Instant, unsigned, const EndedLoans& ended) {
  for (std::size_t i = 0; i < ended.count; ++i) packets_.take_back(ended.loans[i]);
}

void Worker::take(Instant now, unsigned, const KeyFrameWanted& wanted) {
  router::Producer* const producer = router_.find(wanted.producer);
  if (producer == nullptr || producer->paused) return;
  producer->encodings[wanted.encoding].request_key_frame(now);
  pass_on_wants(now, *producer);
}

void Worker::refresh_mirrors(Instant now) {
  next_refresh_ = mirrors_.empty() ? kNever : now + kActivityInterval;
  for (router::Producer* const mirror : mirrors_) {
    if (mirror->encodings.size() == 1) continue;
    router_.refresh_activity(now, *mirror);
    ask_home(now, *mirror);
  }
}

}  // namespace consomme::worker
