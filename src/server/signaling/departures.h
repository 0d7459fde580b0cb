// What happens when something ends, for whatever reason: a client's request, a lost connection, the media plane's word.
// Each tells those whom it concerns, and leaves no trace of what ended.
#pragma once

#include <string_view>

#include "server/signaling/world.h"

namespace consomme::server {

// The consumer's peer gets consumer-closed.
void close_consumer(World& world, Consumer& consumer);
// Its consumers close, the room gets producer-closed and, soon, a new list.
void close_producer(World& world, Instant now, Producer& producer);
// With its producers and consumers; the peer gets transport-closed.
void close_transport(World& world, Instant now, Transport& transport, std::string_view reason);

// The peer's membership ends, with all that it has made: the others get participant-left and the list. Nothing if it is
// no member.
void leave_room(World& world, Instant now, Peer& peer);
// Begins the time that a room without members lives on.
void begin_to_be_empty(World& world, Instant now, Room& room);
// Forgets a room without members.
void close_room(World& world, Room& room);
// The one that has been empty for longest; false: none is empty.
bool close_an_empty_room(World& world);
// When the next has been empty for long enough; kNever while none is.
Instant empty_rooms_deadline(const World& world);
void expire_empty_rooms(World& world, Instant now);

}  // namespace consomme::server
