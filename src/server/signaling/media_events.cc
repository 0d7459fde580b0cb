#include "server/signaling/media_events.h"

#include <boost/json/array.hpp>
#include <utility>

#include "server/json/stats.h"
#include "server/signaling/departures.h"
#include "server/signaling/participants.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

// On the wire, in transport-closed.
std::string_view reason_text(sfu::TransportEnd reason) {
  switch (reason) {
    case sfu::TransportEnd::kConsentLost:
      return "consent lost";
    case sfu::TransportEnd::kDtlsFailed:
      return "dtls failed";
    case sfu::TransportEnd::kDtlsClosed:
      return "dtls closed";
  }
  return "closed";
}

// What the media plane reports. What signaling has closed itself is not found any more, and nothing is left to do.
struct MediaEvent {
  World& world;
  Instant now;
  void operator()(const sfu::TransportConnected& event) const {
    if (Transport* const transport = world.transports.find(event.transport)) transport->was_connected = true;
  }
  void operator()(const sfu::TransportEnded& event) const {
    if (Transport* const transport = world.transports.find(event.transport))
      close_transport(world, now, *transport, reason_text(event.reason));
  }
  void operator()(const sfu::ProducerEnded& event) const {
    if (Producer* const producer = world.producers.find(event.producer)) close_producer(world, now, *producer);
  }
  void operator()(const sfu::ConsumerEnded& event) const {
    if (Consumer* const consumer = world.consumers.find(event.consumer)) close_consumer(world, *consumer);
  }
  void operator()(const sfu::ProducerSilent& event) const {
    Producer* const producer = world.producers.find(event.producer);
    if (producer == nullptr) return;
    const bool was_absent = is_absent(world, *producer->peer, producer->kind);
    producer->silent = event.silent;
    if (is_absent(world, *producer->peer, producer->kind) != was_absent)
      send_list_soon(world, now, *producer->peer->room);
  }
  // Another producer of the same peer is no news.
  void operator()(const sfu::SpeakerChanged& event) const {
    const auto id = world.rooms_by_router.find(event.router);
    if (id == world.rooms_by_router.end()) return;
    Room& room = world.rooms.at(id->second);
    const Producer* const producer = event.speaker ? world.producers.find(*event.speaker) : nullptr;
    const std::string speaker = producer == nullptr ? std::string() : producer->peer->id;
    if (std::exchange(room.speaker, speaker) != speaker && !room.members.empty())
      world.send(room, "active-speaker", speaker_payload(room));
  }
  void operator()(const sfu::ProducerScored& event) const {
    if (const Producer* const producer = world.producers.find(event.producer))
      world.send(*producer->peer, "producer-score",
                 bj::object{{"producerId", producer->id},
                            {"score", event.score},
                            {"encodingScores", bj::array(event.encodings.begin(), event.encodings.end())}});
  }
  void operator()(const sfu::ConsumerScored& event) const {
    if (const Consumer* const consumer = world.consumers.find(event.consumer))
      world.send(
          *consumer->peer, "consumer-score",
          bj::object{{"consumerId", consumer->id}, {"score", event.score}, {"producerScore", event.producer_score}});
  }
  void operator()(const sfu::ConsumerLayersChanged& event) const {
    const Consumer* const consumer = world.consumers.find(event.consumer);
    if (consumer == nullptr) return;
    bj::object payload{{"consumerId", consumer->id}, {"spatialLayer", nullptr}, {"temporalLayer", nullptr}};
    if (event.layers) {
      payload["spatialLayer"] = event.layers->spatial;
      payload["temporalLayer"] = event.layers->temporal;
    }
    world.send(*consumer->peer, "consumer-layers-changed", std::move(payload));
  }
  void operator()(const sfu::StatsReady& event) const {
    const auto question = world.questions.extract(event.token);
    if (question.empty() || !world.peers.contains(question.mapped().peer)) return;
    const Question& asked = question.mapped();
    bj::array stats = json::to_json(event.stats, asked.subject, now);
    bj::object answer =
        stats.empty() ? error_object({ErrorCode::kNotFound, asked.absent}) : bj::object{{"stats", std::move(stats)}};
    world.outputs.push_back(LateAnswer{asked.peer, event.token, std::move(answer)});
  }
};

}  // namespace

void receive_media(World& world, Instant now, const sfu::Event& event) {
  std::visit(MediaEvent{world, now}, event);
}

}  // namespace consomme::server
