#include "server/signaling/participants.h"

#include <algorithm>
#include <array>
#include <utility>

namespace consomme::server {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 3> kNameKeys{"userName", "name", "displayName"};

bool has_live(World& world, const Peer& peer, ortc::MediaKind kind) {
  return std::any_of(peer.producers.begin(), peer.producers.end(), [&](const std::string& id) {
    const Producer* const producer = world.producers.find(id);
    return producer != nullptr && producer->kind == kind && !producer->paused && !producer->silent;
  });
}

}  // namespace

bool is_absent(World& world, const Peer& peer, ortc::MediaKind kind) {
  const bool declared = kind == ortc::MediaKind::kAudio ? peer.declared_audio_muted : peer.declared_video_paused;
  return declared || !has_live(world, peer, kind);
}

bj::array participant_list(World& world, const Room& room) {
  bj::array list;
  list.reserve(room.members.size());
  for (const Peer* const peer : room.members)
    list.push_back(bj::object{{"id", peer->id},
                              {"name", peer->name},
                              {"isAudioMuted", is_absent(world, *peer, ortc::MediaKind::kAudio)},
                              {"isVideoPaused", is_absent(world, *peer, ortc::MediaKind::kVideo)}});
  return list;
}

void send_list_now(World& world, Instant now, Room& room) {
  room.list_is_stale = false;
  if (room.list_turn != ListTurn::kQuiet) return void(room.list_turn = ListTurn::kOwed);
  room.list_turn = ListTurn::kSent;
  world.listed_rooms.push_back(room.id);
  room.list_sent_at = now;
  if (!room.members.empty()) world.send(room, "participant-list-update", participant_list(world, room));
}

void send_list_soon(World& world, Instant now, Room& room) {
  if (room.list_is_stale) return;  // a timer runs already
  room.list_is_stale = true;
  if (now - room.list_sent_at >= kListInterval) return send_list_now(world, now, room);
  world.timers.remind(room.list_sent_at + kListInterval, TimerKind::kParticipantList, room.id);
}

void expire_list(World& world, Instant now, Room& room) {
  if (!room.list_is_stale) return;
  room.list_is_stale = false;  // a list sent in between has moved the interval
  send_list_soon(world, now, room);
}

void end_list_turn(World& world, Instant now) {
  for (const std::string& id : std::exchange(world.listed_rooms, {})) {
    const auto found = world.rooms.find(id);
    if (found == world.rooms.end()) continue;
    const bool is_owed = std::exchange(found->second.list_turn, ListTurn::kQuiet) == ListTurn::kOwed;
    if (is_owed) send_list_now(world, now, found->second);
  }
}

std::string given_name(const bj::object& from) {
  for (const std::string_view key : kNameKeys) {
    const bj::value* const value = from.if_contains(key);
    if (value == nullptr || !value->is_string()) continue;
    const bj::string& name = value->get_string();
    if (!name.empty() && name.size() <= kMaxNameBytes) return std::string(name);
  }
  return {};
}

std::string default_name(const std::string& id) {
  return "User " + id.substr(0, 4);
}

}  // namespace consomme::server
