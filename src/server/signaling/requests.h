// What each request does: one function each. Called by Signaling with a request whose fields have been checked against
// events.h and, where the table says so, whose sender is a member of the room it names. The result is the
// acknowledgement; what it causes is left in World::outputs, which are sent after it.
#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "base/time.h"
#include "server/signaling/output.h"
#include "server/signaling/world.h"

namespace consomme::server {

struct Call {
  World& world;
  Instant now;
  Peer& peer;
  const boost::json::object& request;
};
using Reply = Result<Answer>;

// requests_room.cc
Reply get_rtp_capabilities(const Call&);
Reply join_room(const Call&);
Reply leave_room_request(const Call&);
Reply update_my_state(const Call&);

// requests_transport.cc
Reply create_webrtc_transport(const Call&);
Reply connect_transport(const Call&);
Reply restart_ice(const Call&);

// requests_producer.cc
Reply produce(const Call&);
Reply close_producer_request(const Call&);
Reply pause_producer(const Call&);
Reply resume_producer(const Call&);

// requests_consumer.cc
Reply consume(const Call&);
Reply resume_consumer(const Call&);
Reply pause_consumer(const Call&);
Reply close_consumer_request(const Call&);
Reply request_key_frame(const Call&);
Reply set_preferred_layers(const Call&);
Reply set_consumer_priority(const Call&);

// requests_stats.cc
Reply get_stats(const Call&);

}  // namespace consomme::server
