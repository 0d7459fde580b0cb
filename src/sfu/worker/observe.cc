// What the worker learns of its streams by watching them: who is silent, who speaks, how well all of it arrives.
#include <algorithm>
#include <utility>

#include "sfu/wire/extension_values.h"
#include "sfu/worker/worker.h"

namespace consomme::worker {

namespace {

constexpr std::uint8_t kDigitalSilence = 127;  // RFC 6464 §3

// Of the encoding that the consumer gets, or is to get.
media::Score source_score(const router::Consumer& consumer) {
  const media::Layers& layers = consumer.stream.layers();
  const auto source = layers.current() ? layers.current() : layers.target();
  return source ? consumer.producer->encodings[*source].score() : media::Score{0};
}

}  // namespace

// The level of sound, if the packet tells one.
std::optional<std::uint8_t> Worker::hear(Instant now, router::Producer& producer, const media::Packet& packet) {
  if (producer.video || packet.rtp.payload_bytes == 0) return std::nullopt;
  const auto level = wire::parse_audio_level(packet.extension(HeaderExtension::kAudioLevel));
  if (!level) return std::nullopt;
  producer.speech.receive(now, level->minus_dbov);
  return level->minus_dbov;
}

// Padding is no sign of life, nor is a packet that says of itself that it is silent, as those of a muted track do.
void Worker::observe(Instant now, router::Producer& producer, const media::Packet& packet) {
  if (hear(now, producer, packet) == kDigitalSilence || packet.rtp.payload_bytes == 0) return;
  if (!producer.presence.show(now)) return;
  notices_.emplace_back(ProducerSilent{producer.id, false});
  if (Peer* const peer = peers_.find(producer.path)) watch(*peer, producer);
}

// Its transport is up.
void Worker::begin(Instant now, Peer& peer, router::Producer& producer) {
  producer.presence.begin(now);
  watch(peer, producer);
}

void Worker::watch(Peer& peer, const router::Producer& producer) {
  peer.next_presence = std::min(peer.next_presence, producer.presence.deadline());
}

void Worker::judge_presence(Instant now, Peer& peer) {
  peer.next_presence = kNever;
  for (router::Producer* const producer : peer.producers) {
    if (producer->presence.expire(now)) notices_.emplace_back(ProducerSilent{producer->id, true});
    watch(peer, *producer);
  }
}

void Worker::assess(Instant now, Peer& peer) {
  peer.next_assessment = now + kAssessmentInterval;
  for (router::Producer* const producer : peer.producers) assess(now, *producer);
  for (router::Consumer* const consumer : peer.consumers)
    if (consumer->holds == 0) assess(now, *consumer);
}

// Where nothing has come yet, nothing is told until it is clear that nothing comes.
void Worker::assess(Instant now, router::Producer& producer) {
  bool changed = producer.told_encoding_scores.size() != producer.encodings.size();
  producer.told_encoding_scores.resize(producer.encodings.size());
  media::Score best = 0;
  for (std::size_t i = 0; i < producer.encodings.size(); ++i) {
    const media::Score score = producer.encodings[i].assess(now);
    changed |= std::exchange(producer.told_encoding_scores[i], score) != score;
    best = std::max(best, score);
  }
  if (!producer.told_score && best == 0 && !producer.presence.silent()) return;
  changed |= std::exchange(producer.told_score, best) != best;
  if (changed) notices_.emplace_back(ProducerScored{producer.id, best, producer.told_encoding_scores});
}

void Worker::assess(Instant now, router::Consumer& consumer) {
  const std::pair scores(consumer.quality.assess(now, consumer.stream), source_score(consumer));
  if (!consumer.told_scores && scores.first == 0 && !consumer.producer->presence.silent()) return;
  if (std::exchange(consumer.told_scores, scores) == scores) return;
  notices_.emplace_back(ConsumerScored{consumer.id, scores.first, scores.second});
}

void Worker::enter_room(Instant now, std::optional<RouterId> room, router::Producer& producer) {
  if (producer.video || !room) return;
  producer.room = room;
  rooms_[*room].audio.push_back(&producer);
  if (next_decision_ == kNever) next_decision_ = now + media::DominantSpeaker::kDecisionInterval;
}

void Worker::leave_room(router::Producer& producer) {
  if (!producer.room) return;
  const auto room = rooms_.find(*producer.room);
  std::erase(room->second.audio, &producer);
  if (!room->second.audio.empty()) return;
  if (room->second.speaker.dominant()) notices_.emplace_back(SpeakerChanged{room->first, std::nullopt});
  rooms_.erase(room);
}

void Worker::decide_speakers(Instant now) {
  next_decision_ = rooms_.empty() ? kNever : now + media::DominantSpeaker::kDecisionInterval;
  for (auto& [id, room] : rooms_) {
    speakers_.clear();
    for (const router::Producer* const producer : room.audio)
      if (!producer->paused) speakers_.push_back({producer->id, &producer->speech});
    if (room.speaker.decide(now, speakers_)) notices_.emplace_back(SpeakerChanged{id, room.speaker.dominant()});
  }
}

}  // namespace consomme::worker
