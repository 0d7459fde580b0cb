#include "server/signaling/signaling.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "server/json/reader.h"
#include "server/json/rtp.h"
#include "server/signaling/departures.h"
#include "server/signaling/events.h"
#include "server/signaling/media_events.h"
#include "server/signaling/participants.h"
#include "server/signaling/world.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

bj::object draining_payload(Instant until) {
  const auto unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(until.time_since_epoch()).count();
  return {{"deadline", unix_ms}};
}

WrittenAnswer written_capabilities(const MediaPlane& media) {
  const bj::object answer{{"rtpCapabilities", json::to_json(media.rtp_capabilities())}};
  return {std::make_shared<const std::string>(bj::serialize(answer))};
}

// What the table demands of roomId.
Result<void> check_room(const World& world, const Peer& peer, RoomId rule, const bj::object& request) {
  const Field field{"roomId", FieldType::kText, rule != RoomId::kImplied};
  if (auto shape = check_fields(request, {&field, 1}); !shape) return shape;
  if (rule == RoomId::kAny) return {};
  const std::string id = text_field(request, "roomId");
  if (!id.empty() && !world.rooms.contains(id)) return refuse(ErrorCode::kNotFound, "Room not found");
  if (peer.room == nullptr) return refuse(ErrorCode::kConflict, "not in a room: send join-mediasoup-room first");
  if (!id.empty() && peer.room->id != id) return refuse(ErrorCode::kConflict, "roomId is not the room that was joined");
  return {};
}

Reply answer(World& world, Instant now, Peer& peer, std::string_view event, const bj::array& args) {
  if (!peer.requests.take(now)) return refuse(ErrorCode::kLimit, "too many requests");
  const EventSpec* const spec = find_event(event);
  if (spec == nullptr)
    return refuse(ErrorCode::kUnsupported, "unknown event " + std::string(json::cut_text(event, kMaxQuotedBytes)));
  const auto request = request_object(args);
  if (!request) return std::unexpected(request.error());
  if (const auto room = check_room(world, peer, spec->room, **request); !room) return std::unexpected(room.error());
  if (const auto shape = check_fields(**request, spec->field_list()); !shape) return std::unexpected(shape.error());
  return spec->handle({world, now, peer, **request});
}

void schedule_announcements(World& world, Peer& peer) {
  const Instant at = peer.announcements.deadline();
  if (at >= peer.announcements_timer) return;
  peer.announcements_timer = at;
  world.timers.remind(at, TimerKind::kAnnouncements, peer.id);
}

void expire_announcements(World& world, Instant now, Peer& peer, Instant reminder) {
  if (reminder != peer.announcements_timer) return;  // an earlier one took its place
  peer.announcements_timer = kNever;
  for (const std::string& id : peer.announcements.expire(now))
    world.send(peer, "new-producer", new_producer_payload(*world.producers.find(id)));
  schedule_announcements(world, peer);
}

template <class Map, class Act>
void with(Map& map, const std::string& id, Act act) {
  if (const auto found = map.find(id); found != map.end()) act(found->second);
}

}  // namespace

Signaling::Signaling(Limits limits, MediaPlane& media, std::function<std::string()> make_id)
    : world_(std::make_unique<World>(World{.limits = limits,
                                           .media = media,
                                           .make_id = std::move(make_id),
                                           .router_capabilities = written_capabilities(media)})) {}
Signaling::~Signaling() = default;

void Signaling::connect(Instant now, const std::string& id, const bj::object& auth, const bj::object& query) {
  World& world = *world_;
  const auto [place, is_new] = world.peers.try_emplace(
      id, Peer{.id = id, .requests = TokenBucket(now, world.limits.requests_per_second, world.limits.request_burst)});
  Peer& peer = place->second;
  peer.handshake_name = given_name(auth);
  if (peer.handshake_name.empty()) peer.handshake_name = given_name(query);
  if (world.drain_until) world.send(peer, "server-draining", draining_payload(*world.drain_until));
}

void Signaling::disconnect(Instant now, const std::string& id) {
  with(world_->peers, id, [&](Peer& peer) { leave_room(*world_, now, peer); });
  world_->peers.erase(id);
}

Answer Signaling::receive(Instant now, const std::string& id, std::string_view event, const bj::array& args) {
  const auto found = world_->peers.find(id);
  if (found == world_->peers.end()) return error_object({ErrorCode::kNotFound, "Peer not found"});
  Reply reply = answer(*world_, now, found->second, event, args);
  found->second.announcements.requested(now);
  schedule_announcements(*world_, found->second);
  return reply ? std::move(*reply) : Answer(error_object(reply.error()));
}

void Signaling::receive(Instant now, const sfu::Event& event) {
  receive_media(*world_, now, event);
}

void Signaling::drain(Instant now, Instant until) {
  World& world = *world_;
  world.drain_until = until;
  while (close_an_empty_room(world)) {
  }
  for (const auto& [id, peer] : world.peers) world.send(peer, "server-draining", draining_payload(until));
  expire(now);
}

bool Signaling::is_idle() const {
  return world_->members == 0;
}

Instant Signaling::deadline() const {
  return std::min(world_->timers.deadline(), empty_rooms_deadline(*world_));
}

void Signaling::expire(Instant now) {
  World& world = *world_;
  expire_empty_rooms(world, now);
  while (const auto timer = world.timers.expire(now)) {
    switch (timer->kind) {
      case TimerKind::kParticipantList:
        with(world.rooms, timer->subject, [&](Room& room) { expire_list(world, now, room, timer->at); });
        break;
      case TimerKind::kAnnouncements:
        with(world.peers, timer->subject, [&](Peer& peer) { expire_announcements(world, now, peer, timer->at); });
        break;
    }
  }
}

bool Signaling::has_open_turn() const {
  return !world_->listed_rooms.empty();
}

void Signaling::end_turn(Instant now) {
  end_list_turn(*world_, now);
}

std::vector<Output> Signaling::poll() {
  return std::exchange(world_->outputs, {});
}

Census Signaling::census() const {
  const World& world = *world_;
  return {world.rooms.size(),      world.peers.size(),     world.members,
          world.transports.size(), world.producers.size(), world.consumers.size()};
}

}  // namespace consomme::server
