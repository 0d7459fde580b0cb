#include "server/signaling/participants.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace consomme::server {
namespace {

namespace bj = boost::json;

constexpr std::string_view kListEvent = "participant-list-update";
constexpr std::array<std::string_view, 3> kNameKeys{"userName", "name", "displayName"};

bool has_live(World& world, const Peer& peer, ortc::MediaKind kind) {
  return std::any_of(peer.producers.begin(), peer.producers.end(), [&](const std::string& id) {
    const Producer* const producer = world.producers.find(id);
    return producer != nullptr && producer->kind == kind && !producer->paused && !producer->silent;
  });
}

// False: the room has had too many.
bool send_list(World& world, Instant now, Room& room) {
  if (!room.lists.take(now)) return false;
  room.list_due = kNever;
  room.list_sent_at = now;
  room.list_turn = ListTurn::kSent;
  world.listed_rooms.push_back(room.id);
  for (Peer* const member : room.members) member->has_list = true;
  if (!room.members.empty()) world.send(room, kListEvent, participant_list(world, room));
  return true;
}

// It goes out when the turn ends.
void owe_list(World& world, Room& room) {
  if (room.list_turn == ListTurn::kQuiet) world.listed_rooms.push_back(room.id);
  room.list_turn = ListTurn::kOwed;
}

// To those who have joined since the room's last list.
void send_list_to_newcomers(World& world, const Room& room) {
  std::vector<std::string> newcomers;
  for (Peer* const member : room.members)
    if (!std::exchange(member->has_list, true)) newcomers.push_back(member->id);
  if (!newcomers.empty())
    world.outputs.push_back(ToPeers{std::move(newcomers), kListEvent, participant_list(world, room)});
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
  if (room.list_turn == ListTurn::kQuiet && send_list(world, now, room)) return;
  owe_list(world, room);
}

void send_list_soon(World& world, Instant now, Room& room) {
  if (room.list_due != kNever) return;
  if (now - room.list_sent_at >= kListInterval) return owe_list(world, room);
  room.list_due = room.list_sent_at + kListInterval;
  world.timers.remind(room.list_due, TimerKind::kParticipantList, room.id);
}

void expire_list(World& world, Instant now, Room& room, Instant due) {
  if (due != room.list_due) return;  // a list was sent in between
  room.list_due = kNever;
  send_list_now(world, now, room);
}

void end_list_turn(World& world, Instant now) {
  for (const std::string& id : std::exchange(world.listed_rooms, {})) {
    const auto found = world.rooms.find(id);
    if (found == world.rooms.end()) continue;
    Room& room = found->second;
    const bool is_owed = std::exchange(room.list_turn, ListTurn::kQuiet) == ListTurn::kOwed;
    if (!is_owed || send_list(world, now, room)) continue;
    send_list_to_newcomers(world, room);
    send_list_soon(world, now, room);
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
