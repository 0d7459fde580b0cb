#include "server/refusals.h"

#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

// How many refusals of this reason the error of such a request is.
std::uint64_t refused(Conversation& c, const std::string& peer, std::string_view room, Refused reason) {
  const bj::object answer =
      c.ask(peer, "join-mediasoup-room", {{"roomId", room}, {"rtpCapabilities", c.capabilities()}});
  Refusals refusals;
  if (const auto* const error = answer.if_contains("error")) refusals.add_error(error->get_string());
  return refusals.counts()[static_cast<std::size_t>(reason)];
}

// Alice is in the room "a", Bob is connected.
struct Two : Conversation {
  explicit Two(Limits limits) : Conversation(limits) {
    enter("alice", "a");
    connect("bob");
  }
};

TEST(Refusals, KnowWhatSignalingSaysToWhomItTurnsAway) {
  Two full_room({.max_room_peers = 1});
  EXPECT_EQ(refused(full_room, "bob", "a", Refused::kRoomFull), 1u);
  Two full_server({.max_peers = 1});
  EXPECT_EQ(refused(full_server, "bob", "b", Refused::kServerFull), 1u);
  Two without_rooms({.max_rooms = 1});
  EXPECT_EQ(refused(without_rooms, "bob", "b", Refused::kRooms), 1u);
  Two busy({});
  busy.media.is_saturated = true;
  EXPECT_EQ(refused(busy, "bob", "a", Refused::kBusy), 1u);
  Two draining({});
  draining.signaling.drain(draining.now, draining.now + 8s);
  EXPECT_EQ(refused(draining, "bob", "b", Refused::kDraining), 1u);
  Two hasty({.requests_per_second = 1, .request_burst = 1});
  refused(hasty, "bob", "a", Refused::kRequestRate);
  EXPECT_EQ(refused(hasty, "bob", "a", Refused::kRequestRate), 1u);
}

TEST(Refusals, LeaveOtherErrorsAlone) {
  Refusals refusals;
  refusals.add_error("Room not found");
  for (const std::uint64_t count : refusals.counts()) EXPECT_EQ(count, 0u);
}

}  // namespace
}  // namespace consomme::server
