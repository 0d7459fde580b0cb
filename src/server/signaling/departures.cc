#include "server/signaling/departures.h"

#include <utility>

#include "base/check.h"
#include "server/signaling/participants.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

void forget_consumer(World& world, Consumer& consumer) {
  world.media.close_consumer(consumer.media);
  if (Producer* const producer = world.producers.find(consumer.producer)) std::erase(producer->consumers, consumer.id);
  std::erase(consumer.peer->consumers, consumer.id);
  world.consumers.remove(std::string(consumer.id));
}

}  // namespace

void close_consumer(World& world, Consumer& consumer) {
  world.send(*consumer.peer, "consumer-closed",
             bj::object{{"consumerId", consumer.id}, {"producerId", consumer.producer}});
  forget_consumer(world, consumer);
}

void close_producer(World& world, Instant now, Producer& producer) {
  for (const std::string& id : std::vector(producer.consumers)) close_consumer(world, *world.consumers.find(id));
  Room& room = *producer.peer->room;
  for (Peer* const member : room.members) member->announcements.settled(producer.id);
  world.send(
      room, "producer-closed",
      bj::object{{"producerId", producer.id}, {"peerId", producer.peer->id}, {"kind", ortc::to_string(producer.kind)}});
  world.media.close_producer(producer.media);
  std::erase(producer.peer->producers, producer.id);
  world.producers.remove(std::string(producer.id));
  send_list_soon(world, now, room);
}

void close_transport(World& world, Instant now, Transport& transport, std::string_view reason) {
  Peer& peer = *transport.peer;
  for (const std::string& id : std::vector(peer.producers))
    if (Producer& producer = *world.producers.find(id); producer.transport == transport.id)
      close_producer(world, now, producer);
  for (const std::string& id : std::vector(peer.consumers))
    if (Consumer& consumer = *world.consumers.find(id); consumer.transport == transport.id)
      close_consumer(world, consumer);
  world.send(peer, "transport-closed", bj::object{{"transportId", transport.id}, {"reason", reason}});
  world.media.close_transport(transport.media);
  std::erase(peer.transports, transport.id);
  world.transports.remove(std::string(transport.id));
}

void leave_room(World& world, Instant now, Peer& peer) {
  if (peer.room == nullptr) return;
  Room& room = *peer.room;
  world.outputs.push_back(LeaveRoom{peer.id, room.id});
  const Instant list_due = std::exchange(room.list_due, now);  // so that no list goes out before the one at the end
  while (!peer.consumers.empty()) forget_consumer(world, *world.consumers.find(peer.consumers.back()));
  while (!peer.producers.empty()) close_producer(world, now, *world.producers.find(peer.producers.front()));
  for (const std::string& id : peer.transports) {
    world.media.close_transport(world.transports.find(id)->media);
    world.transports.remove(id);
  }
  peer.transports.clear();
  peer.room = nullptr;
  peer.announcements = Announcements();
  peer.declared_audio_muted = peer.declared_video_paused = false;
  std::erase(room.members, &peer);
  --world.members;

  world.send(room, "participant-left", bj::object{{"peerId", peer.id}});
  room.list_due = list_due;
  send_list_now(world, now, room);
  if (!room.members.empty()) return;
  begin_to_be_empty(world, now, room);
  if (world.drain_until) close_room(world, room);
}

void begin_to_be_empty(World& world, Instant now, Room& room) {
  room.empty_since = now;
  world.empty_rooms.emplace(now, room.id);
}

void close_room(World& world, Room& room) {
  check(room.members.empty(), "only an empty room is closed");
  world.media.close_router(room.router);
  world.empty_rooms.erase({room.empty_since, room.id});
  world.rooms_by_router.erase(room.router);
  world.rooms.erase(std::string(room.id));
}

bool close_an_empty_room(World& world) {
  if (world.empty_rooms.empty()) return false;
  close_room(world, world.rooms.at(world.empty_rooms.begin()->second));
  return true;
}

Instant empty_rooms_deadline(const World& world) {
  return world.empty_rooms.empty() ? kNever : world.empty_rooms.begin()->first + world.limits.empty_room;
}

void expire_empty_rooms(World& world, Instant now) {
  while (empty_rooms_deadline(world) <= now) close_an_empty_room(world);
}

}  // namespace consomme::server
