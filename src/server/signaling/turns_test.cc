// Many who come or go at the same moment: what comes in within one turn of the server's loop.
#include "server/signaling/conversation.h"

namespace consomme::server {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kCrowd = 100;

std::vector<std::string> lists(Conversation& c, const std::string& id) {
  return c.lines(id, "participant-list-update");
}

TEST(Turns, ManyWhoJoinTogetherCostTwoListsNotOneEach) {
  Conversation c;
  c.begin_turn();
  for (int i = 0; i < kCrowd; ++i) c.enter("peer" + std::to_string(i));
  EXPECT_THAT(lists(c, "peer0"), SizeIs(1));
  EXPECT_THAT(lists(c, "peer1"), IsEmpty());
  c.end_turn();
  for (int i = 0; i < kCrowd; ++i) {
    const std::vector<std::string> received = lists(c, "peer" + std::to_string(i));
    ASSERT_THAT(received, SizeIs(1));
    EXPECT_EQ(std::ranges::count(received[0], '{'), kCrowd);
  }
}

TEST(Turns, ManyWhoJoinInManyTurnsGetTheirListsByTheTurnAndTheRoomByTheInterval) {
  Conversation c;
  std::size_t first = 0;
  for (int turn = 0; turn < 25; ++turn) {
    c.begin_turn();
    for (int i = 0; i < 4; ++i) c.enter("peer" + std::to_string(turn * 4 + i));
    c.end_turn();
    const auto received = lists(c, "peer" + std::to_string(turn * 4 + 3));
    ASSERT_THAT(received, SizeIs(1));
    EXPECT_EQ(std::ranges::count(received[0], '{'), turn * 4 + 4);
    first += lists(c, "peer0").size();
  }
  EXPECT_EQ(first, kListBurst);
  c.advance(kListInterval);
  EXPECT_THAT(lists(c, "peer0"), ElementsAre(HasSubstr("peer99")));
}

TEST(Turns, NothingIsListedTwiceWithoutAChange) {
  Conversation c;
  c.enter("alice");
  c.forget_lines();
  c.advance(1s);
  EXPECT_THAT(lists(c, "alice"), IsEmpty());
}

TEST(Turns, AListThatWasPutOffIsNotSentWhereOneWentOutInBetween) {
  Conversation c;
  c.enter("alice");
  c.enter("bob");
  c.forget_lines();
  c.ask("alice", "update-my-state", {{"isAudioMuted", true}});  // is listed later
  c.advance(kListInterval / 2);
  c.enter("carol");
  EXPECT_THAT(lists(c, "bob"), ElementsAre(HasSubstr("carol")));
  c.advance(1s);
  EXPECT_THAT(lists(c, "bob"), IsEmpty());
}

TEST(Turns, ATurnAfterABusyOneStillWaitsForItsEnd) {
  Conversation c;
  c.begin_turn();
  c.enter("alice");
  c.enter("bob");
  c.signaling.end_turn(c.now);
  c.enter("carol");
  EXPECT_THAT(lists(c, "alice"), Each(Not(HasSubstr("carol"))));
  c.end_turn();
  EXPECT_THAT(lists(c, "alice"), ElementsAre(HasSubstr("carol")));
}

TEST(Turns, WhoLeavesInTheTurnIsInNoListBehindIt) {
  Conversation c;
  c.enter("alice");
  c.forget_lines();
  c.begin_turn();
  c.enter("bob");
  c.disconnect("bob");
  EXPECT_THAT(c.lines("alice"), ElementsAre(HasSubstr("bob"), R"(participant-left {"peerId":"bob"})"));
  c.end_turn();
  EXPECT_THAT(lists(c, "alice"), ElementsAre(Not(HasSubstr("bob"))));
}

TEST(Turns, ARoomMayBeGoneWhenTheTurnEnds) {
  Conversation c;
  c.enter("alice");
  c.signaling.drain(c.now, c.now + 8s);
  c.begin_turn();
  c.disconnect("alice");
  EXPECT_EQ(c.signaling.census().rooms, 0u);
  c.end_turn();
}

TEST(Turns, OneRoomDoesNotWaitForAnother) {
  Conversation c;
  c.begin_turn();
  c.enter("alice", "a");
  c.enter("bob", "b");
  EXPECT_THAT(lists(c, "bob"), SizeIs(1));
}

// Alice with microphone and camera on one transport, and bob, after everything has come to rest. The transport's id.
std::string send_both(Conversation& c) {
  c.enter("alice");
  c.enter("bob");
  std::string send = c.transport("alice", "send");
  c.produce_on("alice", send, audio_parameters());
  c.produce_on("alice", send, video_parameters());
  c.advance(1s);
  c.forget_lines();
  return send;
}

// The only list that bob gets in a second.
std::string only_list(Conversation& c) {
  c.advance(1s);
  const std::vector<std::string> told = lists(c, "bob");
  return told.size() == 1 ? told[0] : std::to_string(told.size()) + " lists";
}

TEST(Turns, ATransportThatEndsCausesOneListThatIsTrue) {
  for (const bool is_told_of_producers : {false, true}) {  // as by the media plane, before it tells of the transport
    Conversation c;
    send_both(c);
    const auto producers = c.media.producers;
    c.begin_turn();
    if (is_told_of_producers)
      for (const auto& [id, producer] : producers) c.report(sfu::ProducerEnded{id});
    c.report(sfu::TransportEnded{producers.begin()->second.transport, sfu::TransportEnd::kConsentLost});
    c.end_turn();
    EXPECT_THAT(only_list(c), HasSubstr(R"("isAudioMuted":true,"isVideoPaused":true},{"id":"bob")"));
  }
}

TEST(Turns, AProducerThatTakesAnothersPlaceIsNotSeenToBeMutedInBetween) {
  Conversation c;
  c.produce_on("alice", send_both(c), audio_parameters());
  EXPECT_THAT(only_list(c), HasSubstr(R"("isAudioMuted":false,"isVideoPaused":false},{"id":"bob")"));
}

}  // namespace
}  // namespace consomme::server
