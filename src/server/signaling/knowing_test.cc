// What the media plane observes, as clients are told of it; and the wishes and questions about it.
#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Alice produces sound and video, Bob consumes the video.
class KnowingTest : public ::testing::Test {
 protected:
  KnowingTest() {
    c.enter("alice");
    c.enter("bob");
    send = c.transport("alice", "send");
    audio = std::string(c.produce_on("alice", send, audio_parameters()).at("id").as_string());
    audio_media = c.media.producers.rbegin()->first;
    video = std::string(c.produce_on("alice", send, video_parameters()).at("id").as_string());
    video_media = c.media.producers.rbegin()->first;
    c.transport("bob", "recv");
    consumer = std::string(c.consume("bob", video).at("id").as_string());
    consumer_media = c.media.consumers.begin()->first;
    c.advance(10s);
    c.forget_lines();
  }
  // Of Alice, as the last list said.
  std::string state() {
    const auto lists = c.lines("bob", "participant-list-update");
    if (lists.empty()) return "no list";
    const bj::value list = bj::parse(lists.back().substr(lists.back().find('[')));
    const bj::object& alice = list.at(0).as_object();
    return std::string(alice.at("isAudioMuted").as_bool() ? "muted" : "heard") +
           (alice.at("isVideoPaused").as_bool() ? " paused" : " seen");
  }
  void silent(ProducerId producer, bool is_silent) { c.report(sfu::ProducerSilent{producer, is_silent}); }
  RouterId router() { return *c.media.routers.begin(); }

  Conversation c;
  std::string send, audio, video, consumer;
  ProducerId audio_media, video_media;
  ConsumerId consumer_media;
};

// Rule 5
TEST_F(KnowingTest, ASilentMicrophoneIsMutedAndTheFirstSoundClearsItAtOnce) {
  silent(audio_media, true);
  EXPECT_EQ(state(), "muted seen");
  c.advance(1s);
  silent(audio_media, false);
  EXPECT_EQ(state(), "heard seen");
}

TEST_F(KnowingTest, ACameraThatSendsNothingIsPaused) {
  silent(video_media, true);
  EXPECT_EQ(state(), "heard paused");
}

TEST_F(KnowingTest, TheListIsSentAtMostOnceIn250Milliseconds) {
  silent(audio_media, true);
  EXPECT_EQ(c.lines("bob").size(), 1u);
  silent(audio_media, false);
  silent(video_media, true);
  EXPECT_THAT(c.lines("bob"), IsEmpty());
  c.advance(249ms);
  EXPECT_THAT(c.lines("bob"), IsEmpty());
  c.advance(1ms);
  EXPECT_EQ(state(), "heard paused");
  c.advance(10s);
  EXPECT_THAT(c.lines("bob"), IsEmpty());
}

TEST_F(KnowingTest, WhatIsDeclaredHoldsWhateverTheMediaSay) {
  c.ask("alice", "update-my-state", {{"isAudioMuted", true}});
  EXPECT_EQ(state(), "muted seen");
  c.advance(1s);
  silent(audio_media, true);
  silent(audio_media, false);
  c.advance(1s);
  EXPECT_EQ(state(), "no list") << "nothing in it has changed";
  silent(audio_media, true);
  c.ask("alice", "update-my-state", {{"isAudioMuted", false}});
  EXPECT_EQ(state(), "muted seen") << "the media still say so";
}

TEST_F(KnowingTest, APausedProducerIsMutedAlthoughItSends) {
  c.ask("alice", "pause-producer", {{"producerId", audio}});
  EXPECT_EQ(state(), "muted seen");
  c.advance(1s);
  silent(audio_media, true);
  c.ask("alice", "resume-producer", {{"producerId", audio}});
  EXPECT_EQ(state(), "muted seen");
  c.advance(1s);
  silent(audio_media, false);
  EXPECT_EQ(state(), "heard seen");
}

TEST_F(KnowingTest, OneOfTwoMicrophonesIsEnoughToBeHeard) {
  c.produce_on("alice", send, audio_parameters(3333, "7"));
  const ProducerId second = c.media.producers.rbegin()->first;
  c.advance(1s);
  c.forget_lines();
  silent(audio_media, true);
  EXPECT_EQ(state(), "no list");
  silent(second, true);
  EXPECT_EQ(state(), "muted seen");
}

TEST_F(KnowingTest, WhatIsSaidOfAClosedProducerConcernsNobody) {
  c.ask("alice", "close-producer", {{"producerId", audio}});
  c.advance(1s);
  c.forget_lines();
  silent(audio_media, true);
  c.report(sfu::ProducerScored{audio_media, 3, {3}});
  c.report(sfu::ConsumerScored{ConsumerId(999), 3, 3});
  c.report(sfu::ConsumerLayersChanged{ConsumerId(999), {}});
  c.report(sfu::SpeakerChanged{RouterId(999), {}});
  c.advance(1s);
  EXPECT_THAT(c.lines("alice"), IsEmpty());
  EXPECT_THAT(c.lines("bob"), IsEmpty());
}

TEST_F(KnowingTest, WhoJoinsIsToldOfNoSpeakerWhoHasLeftOrClosedTheMicrophone) {
  c.report(sfu::SpeakerChanged{router(), audio_media});
  c.ask("alice", "close-producer", {{"producerId", audio}});
  c.enter("carol");
  EXPECT_THAT(c.lines("carol", "active-speaker"), IsEmpty());
  c.disconnect("alice");
  c.enter("dave");
  EXPECT_THAT(c.lines("dave", "active-speaker"), IsEmpty());
}

TEST_F(KnowingTest, TheRoomIsToldWhoSpeaksAndWhenNobodyDoes) {
  c.report(sfu::SpeakerChanged{router(), audio_media});
  EXPECT_THAT(c.lines("bob"), ElementsAre(R"(active-speaker {"peerId":"alice"})"));
  EXPECT_THAT(c.lines("alice"), ElementsAre(R"(active-speaker {"peerId":"alice"})"));
  c.report(sfu::SpeakerChanged{router(), std::nullopt});
  EXPECT_THAT(c.lines("bob"), ElementsAre(R"(active-speaker {"peerId":null})"));
}

TEST_F(KnowingTest, AnotherMicrophoneOfTheSpeakerIsNoNews) {
  c.produce_on("alice", send, audio_parameters(3333, "7"));
  c.report(sfu::SpeakerChanged{router(), audio_media});
  c.forget_lines();
  c.report(sfu::SpeakerChanged{router(), c.media.producers.rbegin()->first});
  EXPECT_THAT(c.lines("bob"), IsEmpty());
}

TEST_F(KnowingTest, WhoJoinsIsToldWhoSpeaks) {
  c.report(sfu::SpeakerChanged{router(), audio_media});
  c.forget_lines();
  c.enter("carol");
  EXPECT_THAT(c.lines("carol"), ElementsAre(StartsWith("ack "), StartsWith("participant-list-update "),
                                            R"(active-speaker {"peerId":"alice"})"));
  EXPECT_THAT(c.lines("bob", "active-speaker"), IsEmpty());
}

TEST_F(KnowingTest, NobodySpeaksAnyMoreWhenTheSpeakerHasLeft) {
  c.report(sfu::SpeakerChanged{router(), audio_media});
  c.disconnect("alice");
  c.forget_lines();
  c.report(sfu::SpeakerChanged{router(), std::nullopt});
  EXPECT_THAT(c.lines("bob"), ElementsAre(R"(active-speaker {"peerId":null})"));
}

TEST_F(KnowingTest, ScoresGoToTheirOwnersOnly) {
  c.report(sfu::ProducerScored{video_media, 9, {4, 9}});
  c.report(sfu::ConsumerScored{consumer_media, 7, 9});
  EXPECT_THAT(c.lines("alice"),
              ElementsAre("producer-score " +
                          text(bj::object{{"producerId", video}, {"score", 9}, {"encodingScores", {4, 9}}})));
  EXPECT_THAT(
      c.lines("bob"),
      ElementsAre("consumer-score " + text(bj::object{{"consumerId", consumer}, {"score", 7}, {"producerScore", 9}})));
}

TEST_F(KnowingTest, TheConsumersPeerIsToldOfItsLayers) {
  c.report(sfu::ConsumerLayersChanged{consumer_media, sfu::ConsumerLayers{2, 1}});
  c.report(sfu::ConsumerLayersChanged{consumer_media, std::nullopt});
  EXPECT_THAT(c.lines("bob"),
              ElementsAre("consumer-layers-changed " +
                              text(bj::object{{"consumerId", consumer}, {"spatialLayer", 2}, {"temporalLayer", 1}}),
                          "consumer-layers-changed " +
                              text(bj::object{
                                  {"consumerId", consumer}, {"spatialLayer", nullptr}, {"temporalLayer", nullptr}})));
  EXPECT_THAT(c.lines("alice"), IsEmpty());
}

TEST_F(KnowingTest, WishesReachTheMediaPlane) {
  EXPECT_EQ(
      c.ask_text("bob", "set-preferred-layers", {{"consumerId", consumer}, {"spatialLayer", 1}, {"temporalLayer", 2}}),
      "{}");
  EXPECT_EQ(c.media.consumers.at(consumer_media).spatial, 1);
  EXPECT_EQ(c.media.consumers.at(consumer_media).temporal, 2);
  EXPECT_EQ(c.ask_text("bob", "set-preferred-layers", {{"consumerId", consumer}, {"spatialLayer", 0}}), "{}");
  EXPECT_EQ(c.media.consumers.at(consumer_media).temporal, std::nullopt);
  EXPECT_EQ(c.ask_text("bob", "set-consumer-priority", {{"consumerId", consumer}, {"priority", 255}}), "{}");
  EXPECT_EQ(c.media.consumers.at(consumer_media).priority, 255);
}

constexpr const char* kConsumerNotFound = R"({"error":"Consumer not found","code":"not-found"})";

TEST_F(KnowingTest, WishesAreForOnesOwnConsumers) {
  EXPECT_EQ(c.ask_text("alice", "set-preferred-layers", {{"consumerId", consumer}, {"spatialLayer", 1}}),
            kConsumerNotFound);
  EXPECT_EQ(c.ask_text("alice", "set-consumer-priority", {{"consumerId", consumer}, {"priority", 1}}),
            kConsumerNotFound);
}

TEST_F(KnowingTest, StatisticsAreAcknowledgedWhenTheWorkerHasAnswered) {
  c.ask("bob", "get-stats", {{"consumerId", consumer}});
  EXPECT_THAT(c.lines("bob"), IsEmpty());
  c.ask("bob", "resume-consumer", {{"roomId", "r"}, {"consumerId", consumer}});
  ASSERT_EQ(c.media.questions.size(), 1u);
  ortc::ConsumerStats stats;
  stats.packets_sent = 5;
  c.report(sfu::StatsReady{c.media.questions.begin()->first, stats});
  const auto lines = c.lines("bob");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "ack {}") << "others go on meanwhile";
  EXPECT_THAT(lines[1], StartsWith(R"(ack {"stats":[{"type":"outbound-rtp","id":")" + consumer));
  c.report(sfu::StatsReady{c.media.questions.begin()->first, stats});
  EXPECT_THAT(c.lines("bob"), IsEmpty());
}

TEST_F(KnowingTest, StatisticsAreOfWhatOneOwns) {
  EXPECT_EQ(c.ask_text("bob", "get-stats", {{"producerId", video}}),
            R"({"error":"Producer not found","code":"not-found"})");
  EXPECT_EQ(c.ask_text("bob", "get-stats", {{"transportId", send}}),
            R"({"error":"Transport not found","code":"not-found"})");
  EXPECT_EQ(c.ask_text("alice", "get-stats", {{"consumerId", consumer}}), kConsumerNotFound);
  EXPECT_THAT(c.media.questions, IsEmpty());
  c.ask("alice", "get-stats", {{"producerId", video}});
  c.ask("alice", "get-stats", {{"transportId", send}});
  EXPECT_EQ(c.media.questions.size(), 2u);
}

TEST_F(KnowingTest, StatisticsOfWhatHasEndedMeanwhileAreRefused) {
  c.ask("bob", "get-stats", {{"consumerId", consumer}});
  c.ask("bob", "leave-room", {});
  c.forget_lines();
  c.report(sfu::StatsReady{c.media.questions.begin()->first, std::monostate()});
  EXPECT_THAT(c.lines("bob"), ElementsAre(std::string("ack ") + kConsumerNotFound));
}

TEST_F(KnowingTest, StatisticsForSomebodyWhoHasGoneAreAnsweredToNobody) {
  c.ask("bob", "get-stats", {{"consumerId", consumer}});
  c.disconnect("bob");
  c.forget_lines();
  c.report(sfu::StatsReady{c.media.questions.begin()->first, ortc::ConsumerStats{}});
  EXPECT_THAT(c.signaling.poll(), IsEmpty());
  EXPECT_THAT(c.lines("alice"), IsEmpty());
}

}  // namespace
}  // namespace consomme::server
