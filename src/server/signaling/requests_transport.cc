// Requests about transports.
#include <algorithm>

#include "server/json/transport.h"
#include "server/signaling/departures.h"
#include "server/signaling/fields.h"
#include "server/signaling/lookup.h"
#include "server/signaling/requests.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

bj::object transport_params(const std::string& id, const sfu::TransportOffer& offer) {
  return {{"id", id},
          {"iceParameters", json::to_json(offer.ice_parameters)},
          {"iceCandidates", json::to_json(offer.ice_candidates)},
          {"dtlsParameters", json::to_json(offer.dtls_parameters)}};
}

// The oldest that was never connected although there is a newer one of its direction; nullptr: there is none. A front
// end that sets itself up again on the same socket leaves such behind, and no lost consent ever ends them.
Transport* find_abandoned(World& world, const Peer& peer) {
  for (auto id = peer.transports.begin(); id != peer.transports.end(); ++id) {
    Transport& transport = *world.transports.find(*id);
    const bool has_successor = std::any_of(id + 1, peer.transports.end(), [&](const std::string& newer) {
      return world.transports.find(newer)->direction == transport.direction;
    });
    if (!transport.was_connected && has_successor) return &transport;
  }
  return nullptr;
}

// One transport fewer, if the peer has as many as it may. Errors: kLimit.
Result<void> make_place(const Call& call) {
  if (call.peer.transports.size() < kMaxTransportsPerPeer) return {};
  Transport* const abandoned = find_abandoned(call.world, call.peer);
  if (abandoned == nullptr)
    return refuse(ErrorCode::kLimit, "a peer has at most " + std::to_string(kMaxTransportsPerPeer) + " transports");
  close_transport(call.world, call.now, *abandoned, "never connected");
  return {};
}

}  // namespace

Reply create_webrtc_transport(const Call& call) {
  Peer& peer = call.peer;
  if (const auto place = make_place(call); !place) return std::unexpected(place.error());
  const auto offer = call.world.media.create_transport(peer.room->router);
  if (!offer) return std::unexpected(offer.error());

  const bool receives = call.request.at("direction").get_string() == "recv";
  const Transport& transport = call.world.transports.add(
      {call.world.make_id(), offer->id, &peer, receives ? TransportDirection::kRecv : TransportDirection::kSend});
  peer.transports.push_back(transport.id);
  if (receives) peer.announcements.made_recv_transport(call.now);
  return bj::object{{"params", transport_params(transport.id, *offer)}};
}

Reply connect_transport(const Call& call) {
  const auto transport = find_own_transport(call);
  if (!transport) return std::unexpected(transport.error());
  const auto remote = json::from_json(call.request.at("dtlsParameters"), "dtlsParameters", json::read_dtls_parameters);
  if (!remote) return std::unexpected(remote.error());
  if (const auto done = call.world.media.connect_transport((*transport)->media, *remote); !done)
    return std::unexpected(done.error());
  return bj::object();
}

Reply restart_ice(const Call& call) {
  const auto transport = find_own_transport(call);
  if (!transport) return std::unexpected(transport.error());
  const auto parameters = call.world.media.restart_ice((*transport)->media);
  if (!parameters) return std::unexpected(parameters.error());
  return bj::object{{"iceParameters", json::to_json(*parameters)}};
}

}  // namespace consomme::server
