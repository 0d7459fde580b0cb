// The list of a room's participants and when it is sent: at once when somebody joins or leaves, at most once per
// kListInterval when only a state has changed, and then when the turn of the caller's loop ends: a transport's end
// closes its producers one by one, and the list is to show all of it. Of those who come and go in one turn only the
// first causes a list at once, the others one together when the turn ends: 500 who come together would else cause 500
// lists to 500 participants.
//
// One client that comes and goes all the time would cause as many lists as it likes, each with all members to all
// members. So a room has kListBurst lists at once and one per kListInterval in the long run. Beyond that only those who
// have come get theirs when the turn ends; the others, when the interval has passed.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "server/signaling/world.h"

namespace consomme::server {

// [{id, name, isAudioMuted, isVideoPaused}] in the order of joining.
boost::json::array participant_list(World& world, const Room& room);

// Whether nothing of that kind is to be had from the peer: isAudioMuted, isVideoPaused.
bool is_absent(World& world, const Peer& peer, ortc::MediaKind kind);

// Now, or when the turn ends.
void send_list_now(World& world, Instant now, Room& room);
// Sends what the turn that ends has left owed, or puts it off. A room whose list is sent here has begun its next turn
// with it.
void end_list_turn(World& world, Instant now);
// When the turn ends, or when the interval has passed.
void send_list_soon(World& world, Instant now, Room& room);
// `due`: what the reminder was for.
void expire_list(World& world, Instant now, Room& room, Instant due);

// The name a client gave itself, in a request or in its handshake; empty if it gave none that is fit.
std::string given_name(const boost::json::object& from);
// What a participant without a name is called: "User " and the first 4 characters of its id.
std::string default_name(const std::string& id);

}  // namespace consomme::server
