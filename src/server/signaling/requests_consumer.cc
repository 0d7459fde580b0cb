// Requests about consumers.
#include "server/json/rtp.h"
#include "server/signaling/capabilities.h"
#include "server/signaling/departures.h"
#include "server/signaling/fields.h"
#include "server/signaling/lookup.h"
#include "server/signaling/requests.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

// Those of the request, else those of the join.
Result<CapabilitiesPtr> capabilities_of(const Call& call) {
  const bj::value* const given = find_field(call.request, "rtpCapabilities");
  return given == nullptr ? call.peer.rtp_capabilities : call.world.capabilities.read(*given);
}

Result<sfu::ConsumerOffer> offer_consumer(const Call& call, const Transport& transport, const Producer& producer) {
  const auto capabilities = capabilities_of(call);
  if (!capabilities) return std::unexpected(capabilities.error());
  auto offer = call.world.media.consume({transport.media, producer.media, **capabilities});
  if (!offer && offer.error().code == ErrorCode::kUnsupported) return refuse(ErrorCode::kUnsupported, "Cannot consume");
  return offer;
}

// The consumer that the transport has of this producer already; nullptr if there is none.
Consumer* find_consumer(World& world, const Transport& transport, const Producer& producer) {
  for (const std::string& id : producer.consumers)
    if (Consumer* const consumer = world.consumers.find(id); consumer->transport == transport.id) return consumer;
  return nullptr;
}

Consumer& add_consumer(const Call& call, ConsumerId media, const Transport& transport, Producer& producer) {
  Consumer& consumer = call.world.consumers.add({call.world.make_id(), media, &call.peer, transport.id, producer.id});
  call.peer.consumers.push_back(consumer.id);
  producer.consumers.push_back(consumer.id);
  call.peer.announcements.settled(producer.id);
  return consumer;
}

// Does something to the consumer named by the request.
Reply with_consumer(const Call& call, void (MediaPlane::*act)(ConsumerId)) {
  const auto consumer = find_own_consumer(call);
  if (!consumer) return std::unexpected(consumer.error());
  (call.world.media.*act)((*consumer)->media);
  return bj::object();
}

}  // namespace

// Asked again for a producer that the transport consumes already, it makes a new consumer and closes the old one. A
// front end asks twice after a repeated new-producer, or when it has closed its own side without a word; in both cases
// a second consumer with the first one's id and MID would break its session description, and two would play twice.
Reply consume(const Call& call) {
  const auto transport = find_recv_transport(call);
  if (!transport) return std::unexpected(transport.error());
  const auto producer = find_room_producer(call);
  if (!producer) return std::unexpected(producer.error());
  const auto offer = offer_consumer(call, **transport, **producer);
  if (!offer) return std::unexpected(offer.error());

  if (Consumer* const old = find_consumer(call.world, **transport, **producer)) close_consumer(call.world, *old);
  const Consumer& consumer = add_consumer(call, offer->id, **transport, **producer);
  bj::object reply{{"id", consumer.id},
                   {"producerId", consumer.producer},
                   {"kind", ortc::to_string(offer->kind)},
                   {"rtpParameters", json::to_json(offer->rtp_parameters)},
                   {"peerId", (*producer)->peer->id}};
  if ((*producer)->app_data) reply["appData"] = *(*producer)->app_data;
  if ((*producer)->paused)
    call.world.send(call.peer, "consumer-paused",
                    bj::object{{"consumerId", consumer.id}, {"producerId", consumer.producer}});
  return reply;
}

Reply resume_consumer(const Call& call) {
  return with_consumer(call, &MediaPlane::resume_consumer);
}
Reply pause_consumer(const Call& call) {
  return with_consumer(call, &MediaPlane::pause_consumer);
}
Reply request_key_frame(const Call& call) {
  return with_consumer(call, &MediaPlane::request_key_frame);
}

Reply set_preferred_layers(const Call& call) {
  const auto consumer = find_own_consumer(call);
  if (!consumer) return std::unexpected(consumer.error());
  std::optional<std::uint8_t> temporal;
  if (find_field(call.request, "temporalLayer") != nullptr) temporal = number_field(call.request, "temporalLayer");
  call.world.media.set_preferred_layers((*consumer)->media, number_field(call.request, "spatialLayer"), temporal);
  return bj::object();
}

Reply set_consumer_priority(const Call& call) {
  const auto consumer = find_own_consumer(call);
  if (!consumer) return std::unexpected(consumer.error());
  call.world.media.set_priority((*consumer)->media, number_field(call.request, "priority"));
  return bj::object();
}

Reply close_consumer_request(const Call& call) {
  const auto consumer = find_own_consumer(call);
  if (!consumer) return std::unexpected(consumer.error());
  close_consumer(call.world, **consumer);
  return bj::object();
}

}  // namespace consomme::server
