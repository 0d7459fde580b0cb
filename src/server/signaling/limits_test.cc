// Limits, and the end of a server's life.
#include "server/signaling/limits.h"

#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

bj::object joining(const Conversation& c, std::string_view room = "r") {
  return {{"roomId", room}, {"rtpCapabilities", c.capabilities()}};
}

TEST(SignalingLimits, RoomsAreBounded) {
  Conversation c({.max_rooms = 2});
  c.enter("alice", "one");
  c.enter("bob", "two");
  EXPECT_EQ(c.ask_text("bob", "get-rtp-capabilities", {{"roomId", "three"}}),
            R"({"error":"the server has no more rooms","code":"limit"})");
  EXPECT_EQ(c.signaling.census().participants, 2u);
}

TEST(SignalingLimits, ARoomWithoutMembersGivesWayToANewOneTheLongestEmptyFirst) {
  Conversation c({.max_rooms = 3});
  c.enter("alice", "full");
  c.enter("bob", "left");
  c.ask("bob", "get-rtp-capabilities", {{"roomId", "never joined"}});
  c.advance(1s);
  c.ask("bob", "leave-room", bj::object{});
  EXPECT_FALSE(c.ask("bob", "get-rtp-capabilities", {{"roomId", "new"}}).contains("error"));
  EXPECT_EQ(c.media.routers.size(), 3u);
  c.join("bob", "left");
  EXPECT_EQ(c.ask_text("bob", "leave-room", {{"roomId", "never joined"}}),
            R"({"error":"Room not found","code":"not-found"})");
  c.connect("carol");
  c.join("carol", "never joined");  // makes it again, in place of the new one
  EXPECT_EQ(c.ask_text("carol", "get-rtp-capabilities", {{"roomId", "new"}}),
            R"({"error":"the server has no more rooms","code":"limit"})");
}

TEST(SignalingLimits, OneWhoMakesRoomsAllTheTimeKeepsNobodyOut) {
  Conversation c({.max_rooms = 100, .requests_per_second = 1000, .request_burst = 1000});
  c.enter("alice");
  c.connect("mallory");
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(c.ask("mallory", "get-rtp-capabilities", {{"roomId", std::to_string(i)}}).contains("error"));
  c.enter("bob", "other");
  EXPECT_EQ(c.signaling.census().rooms, 100u);
  c.advance(20s);
  EXPECT_EQ(c.signaling.census().rooms, 2u);
  EXPECT_EQ(c.media.routers.size(), 2u);
  EXPECT_EQ(c.signaling.deadline(), kNever);
}

TEST(SignalingLimits, PeersOfARoomAndOfTheServerAreBounded) {
  Conversation c({.max_peers = 3, .max_room_peers = 2});
  c.enter("alice");
  c.enter("bob");
  c.connect("carol");
  EXPECT_EQ(c.ask_text("carol", "join-mediasoup-room", joining(c)), R"({"error":"the room is full","code":"limit"})");
  c.join("carol", "other");
  c.connect("dave");
  EXPECT_EQ(c.ask_text("dave", "join-mediasoup-room", joining(c, "other")),
            R"({"error":"the server is full","code":"limit"})");
  c.join("alice");  // a member again: takes no second place
  c.join("bob", "other");
  EXPECT_EQ(c.signaling.census().participants, 3u);
}

TEST(SignalingLimits, ASaturatedServerTakesNobodyNewAndServesWhoIsThere) {
  Conversation c;
  c.enter("alice");
  c.connect("bob");
  c.media.is_saturated = true;
  EXPECT_EQ(c.ask_text("bob", "join-mediasoup-room", joining(c)),
            R"({"error":"the server is busy, try again later","code":"unavailable"})");
  c.transport("alice", "send");
  c.join("alice", "other");
  c.media.is_saturated = false;
  c.join("bob", "other");
  EXPECT_EQ(c.signaling.census().participants, 2u);
}

TEST(SignalingLimits, AFailedJoinOfAnotherRoomKeepsTheFirst) {
  Conversation c({.max_room_peers = 1});
  c.enter("alice", "a");
  c.enter("bob", "b");
  c.ask("bob", "join-mediasoup-room", joining(c, "a"));
  EXPECT_EQ(c.ask_text("bob", "update-my-state", {{"roomId", "b"}}), "{}");
}

std::string connected_transport(Conversation& c, const std::string& id, std::string_view direction) {
  std::string transport = c.transport(id, direction);
  c.report(sfu::TransportConnected{c.media.transports.rbegin()->first});
  return transport;
}

TEST(SignalingLimits, TransportsAndProducersOfAPeerAreBounded) {
  Conversation c;
  c.enter("alice");
  std::string send;
  for (std::size_t i = 0; i < kMaxTransportsPerPeer; ++i) send = connected_transport(c, "alice", "send");
  EXPECT_THAT(c.ask_text("alice", "create-webrtc-transport", {{"roomId", "r"}, {"direction", "recv"}}),
              HasSubstr("a peer has at most 4 transports"));
  for (std::uint32_t i = 0; i < kMaxProducersPerPeer; ++i)
    EXPECT_FALSE(c.produce_on("alice", send, audio_parameters(1000 + i, std::to_string(i))).contains("error"));
  EXPECT_THAT(text(c.produce_on("alice", send, audio_parameters(9999, "99"))), HasSubstr("at most 16 producers"));
  EXPECT_EQ(c.media.producers.size(), 16u);
}

TEST(SignalingLimits, AProducerMayReplaceOneOfAsManyAsThereMayBe) {
  Conversation c;
  c.enter("alice");
  const std::string send = c.transport("alice", "send");
  std::string last;
  for (std::uint32_t i = 0; i < kMaxProducersPerPeer; ++i)
    last = c.produce_on("alice", send, audio_parameters(1000 + i, std::to_string(i))).at("id").as_string();
  EXPECT_FALSE(c.produce_on("alice", send, audio_parameters(1000, "99")).contains("error"));  // the SSRC of the first
  EXPECT_FALSE(c.produce_on("alice", send, audio_parameters(9999, "15")).contains("error"));  // the MID of the last
  EXPECT_THAT(c.lines("alice", "producer-closed"), ElementsAre(HasSubstr("producerId"), HasSubstr(last)));
  EXPECT_EQ(c.media.producers.size(), kMaxProducersPerPeer);
  EXPECT_EQ(c.produce_on("alice", c.transport("alice", "send"), audio_parameters(1001, "1")).at("code").as_string(),
            "limit")
      << "of another transport it replaces nothing";
}

TEST(SignalingLimits, AFrontEndSetsItselfUpAgainOnTheSameSocketAsOftenAsItLikes) {
  Conversation c;
  c.enter("bob");
  const std::string producer = c.produce("bob", audio_parameters());
  c.enter("alice");
  std::vector<std::string> made;
  for (int round = 0; round < 10; ++round) {
    c.join("alice");
    made.push_back(c.transport("alice", "send"));
    made.push_back(c.transport("alice", "recv"));
    EXPECT_FALSE(c.consume("alice", producer).contains("error"));
  }
  std::vector<std::string> told;
  for (const std::string& id : std::vector(made.begin(), made.end() - static_cast<int>(kMaxTransportsPerPeer)))
    told.push_back("transport-closed " + text(bj::object{{"transportId", id}, {"reason", "never connected"}}));
  EXPECT_EQ(c.lines("alice", "transport-closed"), told);
  EXPECT_EQ(c.signaling.census().transports, kMaxTransportsPerPeer + 1);
  EXPECT_EQ(c.media.transports.size(), kMaxTransportsPerPeer + 1);
  EXPECT_EQ(c.signaling.census().consumers, 2u);
}

TEST(SignalingLimits, ATransportThatGivesWayIsToldOfAfterTheAnswerAndWithItsConsumers) {
  Conversation c;
  c.enter("bob");
  const std::string producer = c.produce("bob", audio_parameters());
  c.enter("alice");
  c.transport("alice", "recv");
  c.consume("alice", producer);
  for (std::size_t i = 1; i < kMaxTransportsPerPeer; ++i) c.transport("alice", "recv");
  c.forget_lines();
  c.transport("alice", "recv");
  EXPECT_THAT(c.lines("alice"),
              ElementsAre(HasSubstr("iceParameters"), HasSubstr("consumer-closed"), HasSubstr("transport-closed")));
}

TEST(SignalingLimits, TransportsThatWereConnectedAndTheNewestOfADirectionGiveWayToNone) {
  Conversation c;
  c.enter("alice");
  c.transport("alice", "recv");
  for (std::size_t i = 1; i < kMaxTransportsPerPeer; ++i) connected_transport(c, "alice", "send");
  for (const char* direction : {"send", "recv"})
    EXPECT_THAT(c.ask_text("alice", "create-webrtc-transport", {{"roomId", "r"}, {"direction", direction}}),
                HasSubstr("a peer has at most 4 transports"));
  EXPECT_EQ(c.media.transports.size(), kMaxTransportsPerPeer);
}

TEST(SignalingLimits, RequestsAreBoundedInBurstAndRate) {
  Conversation c({.requests_per_second = 10, .request_burst = 20});
  c.connect("alice");
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}}).contains("error"));
  EXPECT_EQ(c.ask_text("alice", "get-rtp-capabilities", {{"roomId", "r"}}),
            R"({"error":"too many requests","code":"limit"})");
  c.advance(100ms);
  EXPECT_FALSE(c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}}).contains("error"));
}

TEST(SignalingLimits, WhoJoinsALargeRoomMayConsumeAndResumeAllOfItAtOnce) {
  Conversation c;
  c.begin_turn();
  for (std::uint32_t i = 0; i < 150; ++i) {
    const std::string id = "peer " + std::to_string(i);
    c.enter(id);
    const std::string send = c.transport(id, "send");
    c.produce_on(id, send, audio_parameters());
    c.produce_on(id, send, video_parameters());
  }
  c.end_turn();
  c.connect("alice");
  const bj::object joined = c.join("alice");
  ASSERT_EQ(joined.at("existingProducers").as_array().size(), 300u);
  for (const char* direction : {"send", "recv"}) c.transport("alice", direction);
  for (const bj::value& producer : joined.at("existingProducers").as_array()) {
    const bj::object consumer = c.consume("alice", std::string(producer.as_string()));
    ASSERT_TRUE(consumer.contains("id")) << text(consumer);
    ASSERT_EQ(c.ask_text("alice", "resume-consumer", {{"roomId", "r"}, {"consumerId", consumer.at("id")}}), "{}");
  }
}

TEST(SignalingLimits, TheBurstFollowsTheSizeThatARoomMayHave) {
  EXPECT_EQ(Limits().request_burst, 2100u);
  EXPECT_EQ(Limits{.max_room_peers = 2000}.request_burst, 8100u);
}

TEST(SignalingLimits, RequestsOfOneClientDoNotSlowAnother) {
  Conversation c({.requests_per_second = 1, .request_burst = 10});
  c.connect("alice");
  c.enter("bob");
  for (int i = 0; i < 100; ++i) c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}});
  EXPECT_EQ(c.ask_text("bob", "update-my-state", bj::object()), "{}");
}

// Joins and leaves for this long, a request every 10 ms.
void come_and_go(Conversation& c, const std::string& id, Duration span) {
  const Instant end = c.now + span;
  for (bool joins = true; c.now < end; joins = !joins) {
    if (joins)
      c.join(id);
    else
      c.ask(id, "leave-room", bj::object{});
    c.advance(10ms);
  }
}

TEST(SignalingLimits, OneWhoComesAndGoesAllTheTimeCostsARoomFewLists) {
  Conversation c;
  c.enter("alice");
  c.connect("mallory");
  c.advance(10s);
  c.forget_lines();
  come_and_go(c, "mallory", 10s);
  const auto heard = c.lines("alice");
  const auto count = [&](std::string_view event) {
    return std::ranges::count_if(heard, [&](const std::string& line) { return line.starts_with(event); });
  };
  EXPECT_EQ(count("participant-left"), 500);
  EXPECT_EQ(count("participant-list-update"), kListBurst + 10s / kListInterval);
}

TEST(SignalingLimits, WhoJoinsGetsItsListAtOnceHoweverManyTheRoomHasHad) {
  Conversation c;
  c.enter("alice");
  c.connect("mallory");
  come_and_go(c, "mallory", 2s);
  c.forget_lines();
  c.enter("bob");
  EXPECT_THAT(c.lines("alice"), IsEmpty());
  EXPECT_THAT(c.lines("bob"), ElementsAre(HasSubstr("existingProducers"),
                                          AllOf(HasSubstr(R"("id":"alice")"), HasSubstr(R"("id":"bob")"))));
  c.advance(kListInterval);
  EXPECT_THAT(c.lines("alice"), ElementsAre(HasSubstr(R"("id":"bob")")));
}

TEST(SignalingLimits, WhoComesFromAnotherRoomGetsItsListAtOnceToo) {
  Conversation c;
  c.enter("alice");
  c.connect("mallory");
  c.enter("bob", "other");
  come_and_go(c, "mallory", 2s);
  c.forget_lines();
  c.join("bob");
  EXPECT_THAT(c.lines("alice"), IsEmpty());
  EXPECT_THAT(c.lines("bob", "participant-list-update"),
              ElementsAre(AllOf(HasSubstr(R"("id":"alice")"), HasSubstr(R"("id":"bob")"))));
}

TEST(SignalingLimits, AfterAFloodOfListsTheLastOneIsTrue) {
  Conversation c;
  c.enter("alice");
  c.connect("mallory");
  come_and_go(c, "mallory", 2s);
  c.join("mallory");
  c.disconnect("mallory");
  c.advance(kListInterval);
  EXPECT_THAT(c.lines("alice").back(), AllOf(HasSubstr(R"("id":"alice")"), Not(HasSubstr("mallory"))));
  c.advance(10s);
  EXPECT_THAT(c.lines("alice"), IsEmpty());
}

TEST(SignalingLimits, ListsThatArePutOffLeaveNoTimersBehind) {
  Conversation c;
  c.enter("alice");
  c.connect("mallory");
  for (int i = 0; i < 500; ++i) {
    come_and_go(c, "mallory", 20ms);
    c.ask("alice", "update-my-state", {{"isAudioMuted", i % 2 == 0}});
  }
  int reminders = 0;
  while (c.signaling.deadline() != kNever) {
    c.advance(c.signaling.deadline() - c.now);
    ASSERT_LT(++reminders, 10);
  }
}

TEST(SignalingLimits, TimersDoNotPileUpUnderLoad) {
  Conversation c({.requests_per_second = 1000, .request_burst = 1000});
  c.enter("alice");
  c.produce("alice", audio_parameters());
  for (int i = 0; i < 2000; ++i) {  // never quiet for a second
    c.ask("alice", "update-my-state", {{"isAudioMuted", i % 2 == 0}});
    c.advance(10ms);
  }
  c.forget_lines();
  int reminders = 0;
  while (c.signaling.deadline() != kNever) {
    c.advance(c.signaling.deadline() - c.now);
    ASSERT_LT(++reminders, 5);
  }
}

TEST(Draining, TellsEverybodyAndRefusesNewRooms) {
  Conversation c;
  c.enter("alice");
  c.connect("bob");
  c.forget_lines();
  c.signaling.drain(c.now, c.now + 8s);
  c.advance(0s);
  const std::string told = R"(server-draining {"deadline":1700000008000})";
  c.connect("carol");
  EXPECT_THAT(c.lines("alice"), ElementsAre(told));
  EXPECT_THAT(c.lines("bob"), ElementsAre(told));
  EXPECT_THAT(c.lines("carol"), ElementsAre(told));
  const std::string refused = R"({"error":"server is draining","code":"unavailable"})";
  EXPECT_EQ(c.ask_text("bob", "get-rtp-capabilities", {{"roomId", "new"}}), refused);
  EXPECT_EQ(c.ask_text("bob", "join-mediasoup-room", joining(c, "new")), refused);
}

TEST(Draining, LetsRunningCallsGoOnUntilTheyEnd) {
  Conversation c;
  c.connect("bob");
  c.ask("bob", "get-rtp-capabilities", {{"roomId", "empty"}});
  c.enter("alice");
  c.signaling.drain(c.now, c.now + 8s);
  EXPECT_EQ(c.signaling.census().rooms, 1u);  // the empty one is gone at once
  EXPECT_FALSE(c.signaling.is_idle());
  c.join("bob");
  c.produce("alice", audio_parameters());
  EXPECT_THAT(c.lines("bob", "new-producer"), SizeIs(1));
  c.disconnect("alice");
  c.disconnect("bob");
  EXPECT_TRUE(c.signaling.is_idle());
  EXPECT_THAT(c.media.routers, IsEmpty());
}

}  // namespace
}  // namespace consomme::server
