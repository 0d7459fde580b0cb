// Requests about transports.
#include "server/json/transport.h"
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

}  // namespace

Reply create_webrtc_transport(const Call& call) {
  Peer& peer = call.peer;
  if (peer.transports.size() >= kMaxTransportsPerPeer)
    return refuse(ErrorCode::kLimit, "a peer has at most " + std::to_string(kMaxTransportsPerPeer) + " transports");
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
