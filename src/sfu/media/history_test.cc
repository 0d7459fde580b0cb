#include "sfu/media/history.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

class HistoryTest : public ::testing::Test {
 protected:
  void add(Instant now, std::int64_t seq) {
    history_.add(now, publish(pool_, now, seq, {.seq = static_cast<std::uint16_t>(seq)}),
                 {ExtSeqNo(seq), RtpTimestamp(static_cast<std::uint32_t>(seq * 10))});
  }
  std::optional<Sent> resend(Instant now, int seq, std::optional<Duration> rtt = {}) {
    return history_.resend(now, SeqNo(static_cast<std::uint16_t>(seq)), rtt);
  }

  PacketPool pool_{5000};
  History history_{History::kVideo};
};

TEST_F(HistoryTest, GivesBackThePacketAndItsRewrite) {
  add(kStart, 100);
  add(kStart, 101);
  const auto sent = resend(kStart + 10ms, 101);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->packet->rtp.seq, SeqNo(101));
  EXPECT_EQ(sent->rewrite, (Rewrite{ExtSeqNo(101), RtpTimestamp(1010)}));
}

TEST_F(HistoryTest, SendsNothingTwiceWithinOneRoundTrip) {
  add(kStart, 1);
  EXPECT_TRUE(resend(kStart + 60ms, 1, 100ms));
  EXPECT_FALSE(resend(kStart + 159ms, 1, 100ms));
  EXPECT_TRUE(resend(kStart + 160ms, 1, 100ms));
  EXPECT_FALSE(resend(kStart + 169ms, 1, 0ms)) << "a claimed round trip of nothing does not flood";
}

TEST_F(HistoryTest, SendsNothingAgainThatTheReceiverCannotHaveMissedYet) {
  add(kStart, 1);
  EXPECT_FALSE(resend(kStart + 49ms, 1, 100ms)) << "asked before it could arrive";
  EXPECT_TRUE(resend(kStart + 50ms, 1, 100ms));
  add(kStart, 2);
  EXPECT_TRUE(resend(kStart + 1ms, 2)) << "nothing is known of the path";
}

TEST_F(HistoryTest, HoldsTwoSecondsOfVideo) {
  for (int i = 0; i < 400; ++i) add(kStart + i * 10ms, i);
  const Instant now = kStart + 3990ms;
  EXPECT_FALSE(resend(now, 198));
  EXPECT_TRUE(resend(now, 199));
  EXPECT_EQ(pool_.in_use(), 201U);
}

TEST_F(HistoryTest, OffersWhatWasSentLatelyInTurnAsPadding) {
  add(kStart, 1);
  add(kStart + 600ms, 2);
  add(kStart + 610ms, 4);
  const Instant now = kStart + 650ms;
  std::vector<std::int64_t> offered;
  for (int i = 0; i < 4; ++i) {
    const auto sent = history_.any(now);
    ASSERT_TRUE(sent);
    offered.push_back(sent->rewrite.seq.value());
  }
  EXPECT_THAT(offered, ::testing::ElementsAre(2, 4, 2, 4));
  EXPECT_FALSE(history_.any(kStart + 1200ms)) << "nothing was sent lately";
}

TEST_F(HistoryTest, OffersAsPaddingTheVeryPacketThatWasSent) {
  const Rewrite rewrite{ExtSeqNo(7), RtpTimestamp(70), 1, 0, 3};
  history_.add(kStart, publish(pool_, kStart, 7, {.seq = 7}), rewrite);
  const auto sent = history_.any(kStart + 10ms);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->rewrite, rewrite);
}

TEST_F(HistoryTest, OffersNothingEmptyAsPadding) {
  const auto add_empty = [&](std::int64_t seq) {
    history_.add(kStart, publish(pool_, kStart, seq, {}), {.seq = ExtSeqNo(seq), .timestamp = {}, .empty = 1});
  };
  add_empty(1);
  add_empty(2);
  EXPECT_FALSE(history_.any(kStart)) << "there is nothing else";
  add(kStart, 3);
  add_empty(4);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(history_.any(kStart)->rewrite.seq, ExtSeqNo(3));
}

TEST_F(HistoryTest, IsBoundedByCount) {
  for (int i = 0; i < 4500; ++i) add(kStart, i);
  EXPECT_EQ(history_.span(), 2048U);
  EXPECT_EQ(history_.capacity(), 2048U);
  EXPECT_EQ(pool_.in_use(), 2048U);
  EXPECT_FALSE(resend(kStart, 4500 - 2049));
  EXPECT_TRUE(resend(kStart, 4500 - 2048));
}

TEST_F(HistoryTest, KeepsLatePacketsInTheirPlace) {
  add(kStart, 10);
  add(kStart, 13);
  EXPECT_FALSE(resend(kStart, 11));
  add(kStart, 11);
  EXPECT_TRUE(resend(kStart, 11));
  EXPECT_FALSE(resend(kStart, 12));
}

TEST_F(HistoryTest, FindsNumbersAcrossTheWrap) {
  for (std::int64_t i = 65530; i < 65545; ++i) add(kStart, i);
  EXPECT_EQ(resend(kStart, 65535)->rewrite.seq, ExtSeqNo(65535));
  EXPECT_EQ(resend(kStart, 3)->rewrite.seq, ExtSeqNo(65539));
  EXPECT_FALSE(resend(kStart, 65529));
  EXPECT_FALSE(resend(kStart, 9));
}

TEST_F(HistoryTest, HoldsNothingForStreamsThatRest) {
  EXPECT_EQ(history_.capacity(), 0U);
  add(kStart, 1);
  EXPECT_EQ(history_.capacity(), 32U);
  history_.trim(kStart + 3s);
  EXPECT_EQ(history_.capacity(), 0U);
  EXPECT_EQ(pool_.in_use(), 0U);
  add(kStart + 4s, 7);
  EXPECT_TRUE(resend(kStart + 4s, 7));
}

TEST_F(HistoryTest, RemembersWhatWasChangedInAPacket) {
  add(kStart, 1);
  const Rewrite changed{ExtSeqNo(2), RtpTimestamp(7), 1, 1, 0x1234567};
  history_.add(kStart, publish(pool_, kStart, 2, {}), changed);
  for (std::int64_t i = 3; i < 200; ++i) add(kStart, i);  // it grows meanwhile
  EXPECT_EQ(resend(kStart, 2)->rewrite, changed);
  EXPECT_EQ(resend(kStart, 1)->rewrite.descriptor, 0U);
  EXPECT_EQ(resend(kStart, 3)->rewrite.descriptor, 0U);
}

// Without RTX it goes out under the nonce that it had: with a payload now, two texts would meet one.
TEST_F(HistoryTest, RemembersThatAPacketWasEmptyWhereNothingElseWasEverChanged) {
  add(kStart, 1);
  const Rewrite empty{.seq = ExtSeqNo(2), .timestamp = RtpTimestamp(7), .empty = 1};
  history_.add(kStart, publish(pool_, kStart, 2, {}), empty);
  EXPECT_EQ(resend(kStart, 2)->rewrite, empty);
}

TEST_F(HistoryTest, ForgetsWhatCameLongerAgoThanItIsTold) {
  add(kStart, 1);
  add(kStart + 500ms, 2);
  history_.forget(kStart + 1s, 500ms);
  EXPECT_FALSE(resend(kStart + 1s, 1));
  EXPECT_TRUE(resend(kStart + 1s, 2));
  EXPECT_EQ(pool_.in_use(), 1U);
}

TEST_F(HistoryTest, SurvivesALargeStep) {
  add(kStart, 1);
  add(kStart, 4000);
  EXPECT_EQ(history_.span(), 1U);
  EXPECT_FALSE(resend(kStart, 1));
  EXPECT_TRUE(resend(kStart, 4000));
}

TEST_F(HistoryTest, StaysWithinEightKilobytesForACommonVideo) {
  for (int i = 0; i < 1000; ++i) add(kStart + i * 4ms, i);  // 250 packets a second, 2.4 Mbit/s
  EXPECT_LE(history_.capacity() * 16, 16U * 512);
}

}  // namespace
}  // namespace consomme::media
