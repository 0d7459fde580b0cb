// The rules of the contract (docs/events.md), as conversations.
#include "server/signaling/conversation.h"
#include "server/signaling/fields.h"

namespace consomme::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string participant(const std::string& id, bool muted = true, bool paused = true, std::string name = {}) {
  if (name.empty()) name = "User " + id.substr(0, 4);
  return text(bj::object{{"id", id}, {"name", name}, {"isAudioMuted", muted}, {"isVideoPaused", paused}});
}
std::string list(const std::vector<std::string>& participants) {
  std::string all;
  for (const std::string& p : participants) all += (all.empty() ? "" : ",") + p;
  return "participant-list-update [" + all + "]";
}
bj::object in_room(std::string_view key, const std::string& value) {
  return {{"roomId", "r"}, {key, value}};
}

TEST(Rules, GetRtpCapabilitiesAnswersThoseOfTheRouter) {
  Conversation c;
  c.connect("alice");
  const bj::object ack = c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}});
  ASSERT_EQ(ack.size(), 1u);
  EXPECT_EQ(ack.at("rtpCapabilities"), bj::value(c.capabilities()));
  EXPECT_EQ(c.signaling.census().rooms, 1u);
}

TEST(Rules, CreateWebrtcTransportAnswersWhatTheClientNeeds) {
  Conversation c;
  c.enter("alice");
  const bj::object ack = c.ask("alice", "create-webrtc-transport", {{"roomId", "r"}, {"direction", "send"}});
  EXPECT_EQ(text(ack),
            R"({"params":{"id":"id1",)"
            R"("iceParameters":{"usernameFragment":"ufrag","password":"password","iceLite":true},)"
            R"("iceCandidates":[{"foundation":"f","priority":1,"ip":"192.0.2.1","address":"192.0.2.1",)"
            R"("protocol":"udp","port":40000,"type":"host"}],)"
            R"("dtlsParameters":{"role":"auto","fingerprints":[{"algorithm":"sha-256","value":"AB:CD"}]}}})");
}

TEST(Rules, CapabilitiesMayArriveAsTheTextThatTheyAre) {
  Conversation c;
  const bj::object as_text{{kVerbatimKey, text(c.capabilities())}};
  c.connect("alice");
  const bj::object joined = c.ask("alice", "join-mediasoup-room", {{"roomId", "r"}, {"rtpCapabilities", as_text}});
  EXPECT_TRUE(joined.contains("existingProducers"));
  c.transport("alice", "recv");
  c.enter("bob");
  const std::string producer = c.produce("bob", audio_parameters());
  const bj::object consumed =
      c.ask("alice", "consume", {{"roomId", "r"}, {"producerId", producer}, {"rtpCapabilities", as_text}});
  EXPECT_TRUE(consumed.contains("id"));
}

// Rules 1 and 2
TEST(Rules, EverybodyGetsTheWholeListAfterTheJoinersAck) {
  Conversation c;
  c.enter("alice");
  EXPECT_THAT(c.lines("alice"), ElementsAre(StartsWith("ack {\"existingProducers\":[]"), list({participant("alice")})));
  c.enter("bob");
  const std::string both = list({participant("alice"), participant("bob")});
  EXPECT_THAT(c.lines("alice"), ElementsAre(both));
  EXPECT_THAT(c.lines("bob"), ElementsAre(StartsWith("ack "), both));
}

// Rule 2
TEST(Rules, ProducersAreEitherExistingOrAnnouncedAndNeverBoth) {
  Conversation c;
  c.enter("alice");
  const std::string before = c.produce("alice", audio_parameters());
  c.enter("bob");
  const std::string after = c.produce("alice", video_parameters());
  const auto lines = c.lines("bob");
  EXPECT_THAT(lines[0], HasSubstr(R"("existingProducers":[")" + before + R"("])"));
  EXPECT_THAT(c.lines("alice", "new-producer"), IsEmpty());
  EXPECT_THAT(lines, Contains("new-producer " + text(bj::object{{"producerId", after}, {"peerId", "alice"}})).Times(1));
  EXPECT_THAT(lines, Not(Contains(AllOf(StartsWith("new-producer"), HasSubstr(before)))));
}

// Rule 3
TEST(Rules, NameIsTakenFromRequestThenAuthThenQuery) {
  Conversation c;
  const auto name_of = [&](const bj::object& auth, const bj::object& query, bj::object request) {
    c.connect("peer-x", auth, query);
    request["roomId"] = "r";
    request["rtpCapabilities"] = c.capabilities();
    c.ask("peer-x", "join-mediasoup-room", request);
    const auto lists = c.lines("peer-x", "participant-list-update");
    c.disconnect("peer-x");
    return std::string(bj::parse(lists.back().substr(24)).at(0).at("name").as_string());
  };
  const bj::object named{{"name", "From auth"}}, shown{{"displayName", "From query"}};
  EXPECT_EQ(name_of(named, shown, {{"displayName", "C"}, {"name", "B"}, {"userName", "A"}}), "A");
  EXPECT_EQ(name_of(named, shown, {{"displayName", "C"}, {"name", "B"}}), "B");
  EXPECT_EQ(name_of(named, shown, {{"displayName", "C"}, {"userName", ""}}), "C");
  EXPECT_EQ(name_of(named, shown, {{"userName", nullptr}}), "From auth");
  EXPECT_EQ(name_of({}, shown, {}), "From query");
  EXPECT_EQ(name_of({{"name", 5}, {"userName", std::string(300, 'x')}}, {}, {}), "User peer");
}

// Rules 5 and 2
TEST(Rules, ProducingUnmutesAndIsAnnouncedToTheOthers) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.advance(1s);
  const std::string send = c.transport("alice", "send");
  c.forget_lines();
  c.produce_on("alice", send, audio_parameters());
  const std::string unmuted = list({participant("alice", false), participant("bob")});
  EXPECT_THAT(c.lines("alice"), ElementsAre(R"(ack {"id":"id2"})", unmuted));
  EXPECT_THAT(c.lines("bob"), ElementsAre(R"(new-producer {"producerId":"id2","peerId":"alice"})", unmuted));
}

// Rule 5
TEST(Rules, StateChangesAreGatheredForAQuarterOfASecond) {
  Conversation c;
  c.enter("alice");
  const std::string producer = c.produce("alice", audio_parameters());
  c.advance(1s);
  c.forget_lines();
  for (int i = 0; i < 5; ++i) {
    c.ask("alice", "pause-producer", in_room("producerId", producer));
    c.ask("alice", "resume-producer", in_room("producerId", producer));
  }
  c.ask("alice", "pause-producer", in_room("producerId", producer));
  EXPECT_THAT(c.lines("alice", "participant-list-update"), ElementsAre(list({participant("alice")})));
  c.ask("alice", "resume-producer", in_room("producerId", producer));
  c.advance(249ms);
  EXPECT_THAT(c.lines("alice", "participant-list-update"), IsEmpty());
  c.advance(1ms);
  EXPECT_THAT(c.lines("alice", "participant-list-update"), ElementsAre(list({participant("alice", false)})));
  c.advance(10s);
  EXPECT_THAT(c.lines("alice"), IsEmpty());
}

TEST(Rules, DeclaredStateHoldsWhateverTheProducersAre) {
  Conversation c;
  c.enter("alice");
  c.produce("alice", audio_parameters());
  c.advance(1s);
  c.forget_lines();
  c.ask("alice", "update-my-state", {{"isAudioMuted", true}, {"name", "A."}});
  EXPECT_THAT(c.lines("alice"), ElementsAre("ack {}", list({participant("alice", true, true, "A.")})));
  c.ask("alice", "update-my-state", {{"isAudioMuted", false}, {"isVideoPaused", false}});
  c.advance(1s);
  EXPECT_THAT(c.lines("alice"), ElementsAre("ack {}", list({participant("alice", false, true, "A.")})));
}

// Rule 6
TEST(Rules, ExistingProducersAreThoseThatTheJoinerCanConsume) {
  Conversation c;
  c.enter("alice");
  const std::string audio = c.produce("alice", audio_parameters());
  const std::string video = c.produce("alice", video_parameters());
  c.connect("bob");
  const bj::object ack =
      c.ask("bob", "join-mediasoup-room", {{"roomId", "r"}, {"rtpCapabilities", c.capabilities_without("video/VP8")}});
  EXPECT_EQ(text(ack), R"({"existingProducers":[")" + audio + R"("],"producers":[{"producerId":")" + audio +
                           R"(","peerId":"alice","kind":"audio","appData":{}}]})");
  const bj::object own = c.join("alice");
  EXPECT_EQ(text(own.at("existingProducers")), "[]");
}

// Rule 7
TEST(Rules, EveryOtherEventOnAnUnknownRoomIsRefused) {
  Conversation c;
  c.connect("alice");
  EXPECT_EQ(c.ask_text("alice", "create-webrtc-transport", {{"roomId", "nowhere"}, {"direction", "send"}}),
            R"({"error":"Room not found","code":"not-found"})");
  EXPECT_EQ(c.ask_text("alice", "leave-room", {{"roomId", "nowhere"}}),
            R"({"error":"Room not found","code":"not-found"})");
}

TEST(Rules, AnEmptyRoomIsForgottenAfterItsTime) {
  Conversation c;
  c.connect("alice");
  c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}});
  c.advance(19s);
  c.join("alice");
  c.advance(60s);
  EXPECT_EQ(c.signaling.census().rooms, 1u);
  c.ask("alice", "leave-room", bj::object{});
  c.advance(19999ms);
  EXPECT_EQ(c.signaling.census().rooms, 1u);
  EXPECT_EQ(c.media.routers.size(), 1u);
  c.advance(1ms);
  EXPECT_EQ(c.signaling.census().rooms, 0u);
  EXPECT_THAT(c.media.routers, IsEmpty());
}

// Rule 8
TEST(Rules, EventsBeforeTheJoinOrOfAnotherRoomAreRefused) {
  Conversation c;
  c.connect("alice");
  c.ask("alice", "get-rtp-capabilities", {{"roomId", "r"}});
  const std::string refused = R"({"error":"not in a room: send join-mediasoup-room first","code":"conflict"})";
  EXPECT_EQ(c.ask_text("alice", "create-webrtc-transport", {{"roomId", "r"}, {"direction", "send"}}), refused);
  EXPECT_EQ(c.ask_text("alice", "update-my-state", {{"isAudioMuted", true}}), refused);
  c.join("alice");
  c.enter("bob", "other");
  EXPECT_EQ(c.ask_text("alice", "create-webrtc-transport", {{"roomId", "other"}, {"direction", "send"}}),
            R"({"error":"roomId is not the room that was joined","code":"conflict"})");
}

TEST(Rules, NothingOfAnotherPeerOrRoomIsReachable) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.enter("carol", "other");
  c.transport("carol", "recv", "other");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  const std::string consumer(c.consume("bob", producer).at("id").as_string());
  const std::string recv = c.transport("alice", "recv");

  const std::string no_transport = R"({"error":"Transport not found","code":"not-found"})";
  const std::string no_producer = R"({"error":"Producer not found","code":"not-found"})";
  const std::string no_consumer = R"({"error":"Consumer not found","code":"not-found"})";
  EXPECT_EQ(c.ask_text("bob", "connect-transport",
                       {{"roomId", "r"}, {"transportId", recv}, {"dtlsParameters", dtls_parameters()}}),
            no_transport);
  EXPECT_EQ(text(c.produce_on("bob", recv, audio_parameters())), no_transport);
  EXPECT_EQ(c.ask_text("bob", "restart-ice", {{"transportId", recv}}), no_transport);
  for (const char* event : {"close-producer", "pause-producer", "resume-producer"})
    EXPECT_EQ(c.ask_text("bob", event, {{"producerId", producer}}), no_producer);
  for (const char* event : {"resume-consumer", "pause-consumer", "close-consumer", "request-keyframe"})
    EXPECT_EQ(c.ask_text("alice", event, in_room("consumerId", consumer)), no_consumer);
  EXPECT_EQ(c.ask_text("carol", "consume", {{"roomId", "other"}, {"producerId", producer}}), no_producer);
  EXPECT_EQ(c.ask_text("alice", "consume", in_room("producerId", "no such")), no_producer);
}

// Rule 9
TEST(Rules, JoiningTheSameRoomAgainRefreshesNameAndCapabilities) {
  Conversation c;
  c.enter("alice");
  const std::string video = c.produce("alice", video_parameters());
  c.enter("bob");
  const std::string recv = c.transport("bob", "recv");
  c.advance(1s);
  c.forget_lines();
  c.ask("bob", "join-mediasoup-room",
        {{"roomId", "r"}, {"rtpCapabilities", c.capabilities_without("video/VP8")}, {"userName", "Bobby"}});
  const std::string renamed = list({participant("alice", true, false), participant("bob", true, true, "Bobby")});
  EXPECT_THAT(c.lines("bob"), ElementsAre(R"(ack {"existingProducers":[],"producers":[]})", renamed));
  EXPECT_THAT(c.lines("alice"), ElementsAre(renamed));
  EXPECT_EQ(c.ask_text("bob", "connect-transport",
                       {{"roomId", "r"}, {"transportId", recv}, {"dtlsParameters", dtls_parameters()}}),
            "{}");
}

TEST(Rules, JoiningAnotherRoomLeavesTheFirst) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.produce("alice", audio_parameters());
  c.forget_lines();
  c.join("alice", "other");
  EXPECT_THAT(c.lines("alice"), ElementsAre(StartsWith("ack "), list({participant("alice")})));
  EXPECT_THAT(c.lines("bob"), ElementsAre(StartsWith("producer-closed "), R"(participant-left {"peerId":"alice"})",
                                          list({participant("bob")})));
  EXPECT_THAT(c.media.transports, IsEmpty());
  EXPECT_THAT(c.media.producers, IsEmpty());
}

// Rule 10
TEST(Rules, ConsumeUsesTheNewestRecvTransport) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  c.consume("bob", producer);
  c.transport("bob", "recv");
  c.transport("bob", "send");
  c.consume("bob", producer);
  ASSERT_EQ(c.media.consumers.size(), 2u);  // the older transport lives on, with its consumer
  EXPECT_LT(c.media.consumers.begin()->second.transport, c.media.consumers.rbegin()->second.transport);
  EXPECT_THAT(c.lines("bob", "consumer-closed"), IsEmpty());
}

// Rule 11
TEST(Rules, ConsumeAndResumeComeBeforeConnect) {
  Conversation c;
  c.enter("alice");
  const std::string producer = c.produce("alice", audio_parameters());
  c.enter("bob");
  EXPECT_EQ(text(c.consume("bob", producer)), R"({"error":"Transport not found","code":"not-found"})");
  const std::string recv = c.transport("bob", "recv");
  const bj::object ack = c.consume("bob", producer);
  EXPECT_EQ(ack.size(), 5u);
  EXPECT_EQ(ack.at("producerId").as_string(), producer);
  EXPECT_EQ(ack.at("kind").as_string(), "audio");
  EXPECT_EQ(ack.at("peerId").as_string(), "alice");
  EXPECT_EQ(ack.at("rtpParameters").at("mid").as_string(), "0");
  const auto& consumer = c.media.consumers.begin()->second;
  EXPECT_TRUE(consumer.paused);
  EXPECT_EQ(c.ask_text("bob", "resume-consumer", in_room("consumerId", std::string(ack.at("id").as_string()))), "{}");
  EXPECT_FALSE(consumer.paused);
  EXPECT_EQ(c.ask_text("bob", "connect-transport",
                       {{"roomId", "r"}, {"transportId", recv}, {"dtlsParameters", dtls_parameters()}}),
            "{}");
  c.advance(10min);
  EXPECT_EQ(c.media.transports.size(), 2u);
}

TEST(Rules, ConsumeWithoutCapabilitiesTakesThoseOfTheJoin) {
  Conversation c;
  c.enter("alice");
  const std::string video = c.produce("alice", video_parameters());
  c.enter("bob");
  c.transport("bob", "recv");
  EXPECT_EQ(c.ask("bob", "consume", in_room("producerId", video)).at("kind").as_string(), "video");
  c.ask("bob", "join-mediasoup-room", {{"roomId", "r"}, {"rtpCapabilities", c.capabilities_without("video/VP8")}});
  EXPECT_EQ(c.ask_text("bob", "consume", in_room("producerId", video)),
            R"({"error":"Cannot consume","code":"unsupported"})");
}

// Rule 12
TEST(Rules, ConnectingTwiceIsFineWithTheSameParametersOnly) {
  Conversation c;
  c.enter("alice");
  const std::string send = c.transport("alice", "send");
  const auto connect = [&](const std::string& fingerprint) {
    return c.ask("alice", "connect-transport",
                 {{"roomId", "r"}, {"transportId", send}, {"dtlsParameters", dtls_parameters(fingerprint)}});
  };
  EXPECT_EQ(text(connect("AA:BB")), "{}");
  EXPECT_EQ(text(connect("AA:BB")), "{}");
  EXPECT_EQ(connect("CC:DD").at("code").as_string(), "conflict");
}

// Rule 15
TEST(Rules, ClosingAProducerClosesItsConsumersAndSaysSo) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  const std::string consumer(c.consume("bob", producer).at("id").as_string());
  c.advance(1s);
  c.forget_lines();
  c.ask("alice", "close-producer", in_room("producerId", producer));
  const std::string closed =
      "producer-closed " + text(bj::object{{"producerId", producer}, {"peerId", "alice"}, {"kind", "audio"}});
  const std::string now_muted = list({participant("alice"), participant("bob")});
  EXPECT_THAT(c.lines("alice"), ElementsAre("ack {}", closed, now_muted));
  EXPECT_THAT(c.lines("bob"),
              ElementsAre("consumer-closed " + text(bj::object{{"consumerId", consumer}, {"producerId", producer}}),
                          closed, now_muted));
  EXPECT_EQ(c.signaling.census().consumers, 0u);
  EXPECT_THAT(c.media.producers, IsEmpty());
}

TEST(Rules, PausingAProducerTellsItsConsumersOnce) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  const std::string consumer(c.consume("bob", producer).at("id").as_string());
  const std::string both = text(bj::object{{"consumerId", consumer}, {"producerId", producer}});
  c.ask("alice", "pause-producer", in_room("producerId", producer));
  c.ask("alice", "pause-producer", in_room("producerId", producer));
  EXPECT_THAT(c.lines("bob", "consumer-paused"), ElementsAre("consumer-paused " + both));
  EXPECT_TRUE(c.media.producers.begin()->second.paused);
  c.ask("alice", "resume-producer", in_room("producerId", producer));
  EXPECT_THAT(c.lines("bob", "consumer-resumed"), ElementsAre("consumer-resumed " + both));
  EXPECT_FALSE(c.media.producers.begin()->second.paused);
}

TEST(Rules, AConsumerOfAPausedProducerIsToldAfterItsAck) {
  Conversation c;
  c.enter("alice");
  const std::string producer = c.produce("alice", audio_parameters());
  c.ask("alice", "pause-producer", in_room("producerId", producer));
  c.enter("bob");
  c.transport("bob", "recv");
  c.forget_lines();
  c.consume("bob", producer);
  EXPECT_THAT(c.lines("bob"), ElementsAre(StartsWith("ack "), StartsWith("consumer-paused ")));
}

TEST(Rules, AProducerWithAStaleOnesSsrcReplacesIt) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string send = c.transport("alice", "send");
  const std::string stale(c.produce_on("alice", send, audio_parameters(77, "0")).at("id").as_string());
  c.advance(1s);
  c.forget_lines();
  const std::string fresh(c.produce_on("alice", send, audio_parameters(77, "5")).at("id").as_string());
  EXPECT_THAT(c.lines("bob"),
              ElementsAre(AllOf(StartsWith("producer-closed"), HasSubstr(stale)),
                          AllOf(StartsWith("new-producer"), HasSubstr(fresh)), StartsWith("participant-list")));
  EXPECT_EQ(c.signaling.census().producers, 1u);
}

TEST(Rules, AnEmptyMidIsNoneThatAProducerCouldTakeOver) {
  Conversation c;
  c.enter("alice");
  const std::string send = c.transport("alice", "send");
  c.produce_on("alice", send, audio_parameters(77, ""));
  c.produce_on("alice", send, video_parameters(78, ""));
  EXPECT_EQ(c.signaling.census().producers, 2u);
}

TEST(Rules, ATransportThatEndsTakesItsProducersAlong) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string send = c.transport("alice", "send");
  c.produce_on("alice", send, audio_parameters());
  c.forget_lines();
  const auto [producer, state] = *c.media.producers.begin();
  c.report(sfu::ProducerEnded{producer});
  c.report(sfu::TransportEnded{state.transport, sfu::TransportEnd::kConsentLost});
  EXPECT_THAT(c.lines("bob", "producer-closed"), testing::SizeIs(1));
  EXPECT_THAT(c.lines("alice", "transport-closed"),
              ElementsAre("transport-closed " + text(bj::object{{"transportId", send}, {"reason", "consent lost"}})));
  EXPECT_EQ(c.signaling.census().transports, 0u);
  c.report(sfu::TransportEnded{state.transport, sfu::TransportEnd::kConsentLost});  // late news of what is gone
  EXPECT_THAT(c.lines("alice"), IsEmpty());
}

// Rule 16
TEST(Rules, DisconnectLeavesNothingBehind) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  c.transport("alice", "recv");
  c.consume("alice", c.produce("bob", video_parameters()));
  c.consume("bob", producer);
  c.forget_lines();
  c.disconnect("alice");
  EXPECT_THAT(c.lines("bob"),
              ElementsAre(StartsWith("consumer-closed"), StartsWith("producer-closed"),
                          R"(participant-left {"peerId":"alice"})", list({participant("bob", true, false)})));
  EXPECT_EQ(c.media.transports.size(), 2u);
  EXPECT_EQ(c.media.producers.size(), 1u);
  EXPECT_THAT(c.media.consumers, IsEmpty());
  c.disconnect("bob");
  c.advance(20s);
  const Census end = c.signaling.census();
  EXPECT_EQ(end.rooms + end.connections + end.participants + end.transports + end.producers + end.consumers, 0u);
  EXPECT_THAT(c.media.routers, IsEmpty());
}

// Rule 17
TEST(Rules, AMissedAnnouncementIsRepeatedOnceAfterTheFirstProduce) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string missed = c.produce("bob", audio_parameters());
  c.transport("alice", "recv");
  c.produce("alice", audio_parameters());
  c.forget_lines();
  c.advance(1s);
  EXPECT_THAT(c.lines("alice", "new-producer"),
              ElementsAre("new-producer " + text(bj::object{{"producerId", missed}, {"peerId", "bob"}})));
  c.advance(60s);
  EXPECT_THAT(c.lines("alice", "new-producer"), IsEmpty());
}

TEST(Rules, AViewerHearsAMissedAnnouncementFiveSecondsAfterItsRecvTransport) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.transport("alice", "recv");
  c.produce("bob", audio_parameters());
  const std::string closed = c.produce("bob", video_parameters());
  c.ask("bob", "close-producer", in_room("producerId", closed));
  c.forget_lines();
  c.advance(4999ms);
  EXPECT_THAT(c.lines("alice", "new-producer"), IsEmpty());
  c.advance(1ms);
  EXPECT_THAT(c.lines("alice", "new-producer"), testing::SizeIs(1));
}

TEST(Rules, WhatWasConsumedIsNotAnnouncedAgain) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.transport("alice", "recv");
  c.consume("alice", c.produce("bob", audio_parameters()));
  c.produce("alice", audio_parameters());
  c.forget_lines();
  c.advance(60s);
  EXPECT_THAT(c.lines("alice", "new-producer"), IsEmpty());
}

TEST(Rules, ConsumingTwiceGivesAFreshConsumerAndClosesTheOld) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const std::string producer = c.produce("alice", audio_parameters());
  c.transport("bob", "recv");
  const bj::object first = c.consume("bob", producer);
  c.forget_lines();
  const bj::object second = c.consume("bob", producer);
  EXPECT_NE(first.at("id"), second.at("id"));
  EXPECT_NE(first.at("rtpParameters").at("mid"), second.at("rtpParameters").at("mid"));
  EXPECT_THAT(c.lines("bob"),
              ElementsAre(StartsWith("ack "), "consumer-closed " + text(bj::object{{"consumerId", first.at("id")},
                                                                                   {"producerId", producer}})));
  EXPECT_EQ(c.media.consumers.size(), 1u);
}

// Rule 18
TEST(Rules, AppDataOfAProducerComesBackAsGiven) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  const bj::object app_data{{"source", "screen"}, {"nested", bj::array{1, nullptr, "x"}}};
  const std::string send = c.transport("alice", "send");
  const std::string producer(
      c.produce_on("alice", send, video_parameters(), {{"appData", app_data}}).at("id").as_string());
  EXPECT_THAT(c.lines("bob", "new-producer"), ElementsAre(HasSubstr(R"("appData":)" + text(app_data))));
  c.transport("bob", "recv");
  EXPECT_EQ(c.consume("bob", producer).at("appData"), bj::value(app_data));
  EXPECT_EQ(c.join("bob").at("producers").at(0).at("appData"), bj::value(app_data));
}

TEST(Rules, ConsumersArePausedClosedAndRefreshedOnRequest) {
  Conversation c;
  c.enter("alice");
  const std::string producer = c.produce("alice", video_parameters());
  c.enter("bob");
  c.transport("bob", "recv");
  const std::string id(c.consume("bob", producer).at("id").as_string());
  const auto& consumer = c.media.consumers.begin()->second;
  EXPECT_EQ(c.ask_text("bob", "resume-consumer", in_room("consumerId", id)), "{}");
  EXPECT_EQ(c.ask_text("bob", "request-keyframe", in_room("consumerId", id)), "{}");
  EXPECT_EQ(consumer.key_frame_requests, 1);
  EXPECT_EQ(c.ask_text("bob", "pause-consumer", in_room("consumerId", id)), "{}");
  EXPECT_TRUE(consumer.paused);
  EXPECT_EQ(c.ask_text("bob", "close-consumer", in_room("consumerId", id)), "{}");
  EXPECT_THAT(c.media.consumers, IsEmpty());
  EXPECT_EQ(c.ask_text("bob", "close-consumer", in_room("consumerId", id)),
            R"({"error":"Consumer not found","code":"not-found"})");
}

TEST(Rules, RestartIceAnswersNewParameters) {
  Conversation c;
  c.enter("alice");
  const std::string send = c.transport("alice", "send");
  const bj::object ack = c.ask("alice", "restart-ice", {{"transportId", send}});
  EXPECT_THAT(std::string(ack.at("iceParameters").at("usernameFragment").as_string()), StartsWith("ufrag"));
}

TEST(Rules, LeavingARoomKeepsTheConnection) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.produce("alice", audio_parameters());
  c.forget_lines();
  EXPECT_EQ(c.ask_text("alice", "leave-room", bj::object{}), "{}");
  EXPECT_THAT(c.lines("alice"), ElementsAre("ack {}"));
  EXPECT_THAT(c.lines("bob"), ElementsAre(StartsWith("producer-closed"), R"(participant-left {"peerId":"alice"})",
                                          list({participant("bob")})));
  c.join("alice");
  EXPECT_EQ(c.signaling.census().participants, 2u);
}

}  // namespace
}  // namespace consomme::server
