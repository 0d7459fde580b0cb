// Requests about producers.
#include "server/json/rtp.h"
#include "server/signaling/departures.h"
#include "server/signaling/fields.h"
#include "server/signaling/lookup.h"
#include "server/signaling/participants.h"
#include "server/signaling/requests.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

Result<sfu::ProduceRequest> produce_request(const Call& call) {
  const auto transport = find_own_transport(call);
  if (!transport) return std::unexpected(transport.error());
  auto parameters = json::from_json(call.request.at("rtpParameters"), "rtpParameters", json::read_rtp_parameters);
  if (!parameters) return std::unexpected(parameters.error());
  const bool is_audio = call.request.at("kind").get_string() == "audio";
  return sfu::ProduceRequest{.transport = (*transport)->media,
                             .kind = is_audio ? ortc::MediaKind::kAudio : ortc::MediaKind::kVideo,
                             .rtp_parameters = std::move(*parameters),
                             .may_add = call.peer.producers.size() < kMaxProducersPerPeer};
}

Producer& add_producer(const Call& call, ProducerId media, ortc::MediaKind kind) {
  Producer producer{.id = call.world.make_id(),
                    .media = media,
                    .peer = &call.peer,
                    .transport = text_field(call.request, "transportId"),
                    .kind = kind};
  if (const bj::value* const app_data = find_field(call.request, "appData"))
    producer.app_data = bj::object(app_data->get_object(), bj::storage_ptr());  // the request's memory is not kept
  call.peer.producers.push_back(producer.id);
  return call.world.producers.add(std::move(producer));
}

// new-producer to every other peer of the room.
void announce(World& world, const Producer& producer) {
  const Peer& owner = *producer.peer;
  world.send(*owner.room, "new-producer", new_producer_payload(producer), owner.id);
  for (Peer* const member : owner.room->members)
    if (member != &owner) member->announcements.announced(producer.id);
}

// Pauses or resumes, and tells the consumers' peers and, soon, the room.
Reply set_paused(const Call& call, bool paused) {
  const auto producer = find_own_producer(call);
  if (!producer) return std::unexpected(producer.error());
  if ((*producer)->paused == paused) return bj::object();
  (*producer)->paused = paused;
  if (paused)
    call.world.media.pause_producer((*producer)->media);
  else
    call.world.media.resume_producer((*producer)->media);
  for (const std::string& id : (*producer)->consumers)
    call.world.send(*call.world.consumers.find(id)->peer, paused ? "consumer-paused" : "consumer-resumed",
                    bj::object{{"consumerId", id}, {"producerId", (*producer)->id}});
  send_list_soon(call.world, call.now, *call.peer.room);
  return bj::object();
}

}  // namespace

Reply produce(const Call& call) {
  Peer& peer = call.peer;
  const auto request = produce_request(call);
  if (!request) return std::unexpected(request.error());
  const auto produced = call.world.media.produce(*request);
  if (!produced && produced.error().code == ErrorCode::kLimit)
    return refuse(ErrorCode::kLimit, "a peer has at most " + std::to_string(kMaxProducersPerPeer) + " producers");
  if (!produced) return std::unexpected(produced.error());

  for (const ProducerId stale : produced->replaced)
    if (Producer* const producer = call.world.producers.find(stale)) close_producer(call.world, call.now, *producer);
  const Producer& producer = add_producer(call, produced->id, request->kind);
  announce(call.world, producer);
  peer.announcements.produced();
  send_list_soon(call.world, call.now, *peer.room);
  return bj::object{{"id", producer.id}};
}

Reply close_producer_request(const Call& call) {
  const auto producer = find_own_producer(call);
  if (!producer) return std::unexpected(producer.error());
  close_producer(call.world, call.now, **producer);
  return bj::object();
}

Reply pause_producer(const Call& call) {
  return set_paused(call, true);
}
Reply resume_producer(const Call& call) {
  return set_paused(call, false);
}

}  // namespace consomme::server
