#include "sfu/bwe/loss_control.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

using testing::Optional;

constexpr Instant kStart{1000s};
constexpr Duration kFeedback = 100ms;

class LossControlTest : public testing::Test {
 protected:
  // `span` of feedback that tells of this loss. Stops where something is to be found out.
  void feed(Duration span, double loss, Duration queue = {}, std::optional<Bitrate> carried = {}) {
    for (const Instant end = now_ + span; now_ < end && !control_.experiment();) {
      for (int i = 0; i < packets_; ++i) {
        const Instant sent = now_ + i * kFeedback / packets_;
        due_ += loss;
        const bool lost = due_ >= 1;
        if (lost) due_ -= 1;
        control_.add({.seq = seq_++,
                      .sent = sent,
                      .arrived = lost ? std::nullopt : std::optional(sent + 20ms),
                      .bytes = 1000,
                      .cluster = 0});
      }
      now_ += kFeedback;
      control_.update(now_, queue, carried);
    }
  }

  LossControl control_;
  int packets_ = 25;  // of 1000 bytes in each feedback: 2 Mbit/s
  double due_ = 0;    // loss
  Instant now_ = kStart;
  std::int64_t seq_ = 0;
};

TEST_F(LossControlTest, BearsALittleLossWithoutAWord) {
  feed(60s, 0.01);
  EXPECT_FALSE(control_.experiment());
  EXPECT_FALSE(control_.bound());
}

TEST_F(LossControlTest, AsksForAnExperimentBeforeItBoundsTheRate) {
  feed(5s, 0.1);
  ASSERT_TRUE(control_.experiment());
  EXPECT_GT(*control_.experiment(), kbps(2500));
  EXPECT_FALSE(control_.bound());
}

TEST_F(LossControlTest, TakesForTheLinksOwnWhatDoesNotGrowWithTheRate) {
  feed(5s, 0.1);
  control_.conclude(now_, 0.1);
  EXPECT_FALSE(control_.bound());
  EXPECT_NEAR(control_.own_loss(), 0.1, 0.05);
  feed(20s, 0.05);
  EXPECT_FALSE(control_.experiment()) << "it is no longer a question";
}

TEST_F(LossControlTest, BoundsTheRateBelowWhatGetsThroughWhereAllOfTheRestIsLost) {
  feed(5s, 0.1);
  control_.conclude(now_, 0.31);
  ASSERT_TRUE(control_.bound());
  EXPECT_GT(*control_.bound(), kbps(1500));
  EXPECT_LT(*control_.bound(), kbps(1850));
  const Bitrate bound = *control_.bound();
  feed(4s, 0);
  EXPECT_GT(control_.bound().value_or(kbps(9000)), bound) << "and lets it grow again";
}

TEST_F(LossControlTest, FreesWhoSendsLittleAndLosesNothingBeforeFiftyPackets) {
  feed(1s, 0.2, 100ms);
  ASSERT_TRUE(control_.bound());
  packets_ = 1;
  feed(4s, 0);
  EXPECT_FALSE(control_.bound());
}

TEST_F(LossControlTest, NeedsNoExperimentWhereAQueueStandsBesides) {
  feed(1s, 0.2, 100ms);
  EXPECT_FALSE(control_.experiment());
  EXPECT_TRUE(control_.bound());
}

TEST_F(LossControlTest, BoundsNothingBelowWhatAFullLinkCarries) {
  feed(1s, 0.9, 100ms, kbps(1000));
  EXPECT_EQ(control_.bound(), kbps(920));
}

TEST_F(LossControlTest, BoundsTheRateAtOnceWhereAThirdIsLostAndFreesItWhenThatIsTheLinksOwn) {
  feed(5s, 0.33);
  EXPECT_TRUE(control_.bound());
  EXPECT_FALSE(control_.proven());
  control_.conclude(now_, 0.33);
  EXPECT_FALSE(control_.bound());
}

TEST_F(LossControlTest, LooksAgainIntoWhatItTookForTheLinksOwn) {
  feed(5s, 0.2);
  control_.conclude(now_, 0.2);
  feed(29s, 0.2);
  EXPECT_FALSE(control_.experiment());
  EXPECT_NEAR(control_.own_loss(), 0.2, 0.01);
  feed(5s, 0.2);
  ASSERT_TRUE(control_.experiment());
  control_.conclude(now_, 0.4);
  EXPECT_TRUE(control_.bound());
  EXPECT_EQ(control_.own_loss(), 0);
}

TEST_F(LossControlTest, GrowsAgainBehindAnOutage) {
  feed(5s, 1);
  ASSERT_TRUE(control_.experiment());
  control_.conclude(now_, 0);
  feed(1h, 0);
  EXPECT_FALSE(control_.bound());
}

TEST_F(LossControlTest, JudgesNothingAcrossAPause) {
  packets_ = 30;
  feed(100ms, 0);
  now_ += 300s;
  feed(1s, 0.5);
  ASSERT_TRUE(control_.experiment());
  EXPECT_GT(*control_.experiment(), kbps(100)) << "the pause is no part of the time in which it was sent";
}

}  // namespace
}  // namespace consomme::bwe
