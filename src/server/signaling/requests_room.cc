// Requests about rooms and membership.
#include <algorithm>

#include "server/signaling/capabilities.h"
#include "server/signaling/departures.h"
#include "server/signaling/fields.h"
#include "server/signaling/participants.h"
#include "server/signaling/requests.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

// The room of that name, made if there is none. At the limit of rooms an empty one gives way, which a join makes again:
// a client makes as many as it has requests, and each would keep its place until it has been empty for long enough.
// Errors: kUnavailable while draining, kLimit if all have members.
Result<Room*> find_or_make_room(const Call& call, const std::string& id) {
  World& world = call.world;
  if (const auto found = world.rooms.find(id); found != world.rooms.end()) return &found->second;
  if (world.drain_until) return refuse(ErrorCode::kUnavailable, "server is draining");
  if (world.rooms.size() >= world.limits.max_rooms && !close_an_empty_room(world))
    return refuse(ErrorCode::kLimit, "the server has no more rooms");
  Room& room = world.rooms[id];
  room.id = id;
  room.router = world.media.create_router();
  world.rooms_by_router.emplace(room.router, id);
  begin_to_be_empty(world, call.now, room);
  return &room;
}

// Whether one more member fits, not counting the place that the peer has already.
Result<void> check_place(const Call& call, const Room& room) {
  const World& world = call.world;
  if (room.members.size() >= world.limits.max_room_peers) return refuse(ErrorCode::kLimit, "the room is full");
  if (call.peer.room != nullptr) return {};
  if (world.members >= world.limits.max_peers) return refuse(ErrorCode::kLimit, "the server is full");
  if (!world.media.has_capacity()) return refuse(ErrorCode::kUnavailable, "the server is busy, try again later");
  return {};
}

// The producers of the others that this peer can consume: a front end gives up its join when one consume fails.
std::vector<const Producer*> existing_producers(World& world, const Peer& joiner) {
  std::vector<const Producer*> existing;
  for (const Peer* const member : joiner.room->members) {
    if (member == &joiner) continue;
    for (const std::string& id : member->producers)
      if (const Producer* const producer = world.producers.find(id);
          world.media.can_consume(producer->media, *joiner.rtp_capabilities))
        existing.push_back(producer);
  }
  return existing;
}

bj::object join_reply(World& world, Peer& peer) {
  bj::array ids, details;
  std::vector<std::string> existing;
  for (const Producer* const producer : existing_producers(world, peer)) {
    existing.push_back(producer->id);
    ids.emplace_back(producer->id);
    details.push_back(bj::object{{"producerId", producer->id},
                                 {"peerId", producer->peer->id},
                                 {"kind", ortc::to_string(producer->kind)},
                                 {"appData", producer->app_data.value_or(bj::object())}});
  }
  peer.announcements = Announcements(existing);
  return {{"existingProducers", std::move(ids)}, {"producers", std::move(details)}};
}

std::string chosen_name(const Call& call) {
  if (std::string name = given_name(call.request); !name.empty()) return name;
  return call.peer.handshake_name.empty() ? default_name(call.peer.id) : call.peer.handshake_name;
}

void enter(World& world, Room& room, Peer& peer) {
  world.empty_rooms.erase({room.empty_since, room.id});
  room.members.push_back(&peer);
  peer.room = &room;
  peer.has_list = false;
  ++world.members;
  world.outputs.push_back(EnterRoom{peer.id, room.id});
}

// Whoever was announced may have left since, or closed the microphone, and the media plane not have said so yet.
bool has_speaker(World& world, const Room& room) {
  const auto speaker = world.peers.find(room.speaker);
  if (speaker == world.peers.end() || speaker->second.room != &room) return false;
  return std::ranges::any_of(speaker->second.producers, [&](const std::string& id) {
    return world.producers.find(id)->kind == ortc::MediaKind::kAudio;
  });
}

}  // namespace

Reply get_rtp_capabilities(const Call& call) {
  const auto room = find_or_make_room(call, text_field(call.request, "roomId"));
  if (!room) return std::unexpected(room.error());
  return call.world.router_capabilities;
}

Reply join_room(const Call& call) {
  const auto capabilities = call.world.capabilities.read(call.request.at("rtpCapabilities"));
  if (!capabilities) return std::unexpected(capabilities.error());
  const auto room = find_or_make_room(call, text_field(call.request, "roomId"));
  if (!room) return std::unexpected(room.error());

  Peer& peer = call.peer;
  const bool is_member = peer.room == *room;
  if (!is_member) {
    if (const auto place = check_place(call, **room); !place) return std::unexpected(place.error());
    leave_room(call.world, call.now, peer);
    enter(call.world, **room, peer);
  }
  peer.name = chosen_name(call);
  peer.rtp_capabilities = *capabilities;
  bj::object reply = join_reply(call.world, peer);
  if (is_member)
    send_list_soon(call.world, call.now, **room);
  else
    send_list_now(call.world, call.now, **room);
  if (has_speaker(call.world, **room)) call.world.send(peer, "active-speaker", speaker_payload(**room));
  return reply;
}

Reply leave_room_request(const Call& call) {
  leave_room(call.world, call.now, call.peer);
  return bj::object();
}

Reply update_my_state(const Call& call) {
  Peer& peer = call.peer;
  if (const bj::value* const muted = find_field(call.request, "isAudioMuted"))
    peer.declared_audio_muted = muted->get_bool();
  if (const bj::value* const paused = find_field(call.request, "isVideoPaused"))
    peer.declared_video_paused = paused->get_bool();
  if (find_field(call.request, "name") != nullptr) peer.name = text_field(call.request, "name");
  send_list_soon(call.world, call.now, *peer.room);
  return bj::object();
}

}  // namespace consomme::server
