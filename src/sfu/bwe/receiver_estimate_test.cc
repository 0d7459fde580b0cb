#include "sfu/bwe/receiver_estimate.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

class ReceiverEstimateTest : public testing::Test {
 protected:
  // Receiver reports of the next seconds, two in each.
  void report(double lost, int seconds) {
    for (int i = 0; i < 2 * seconds; ++i) estimate_.receive_loss(now_ += 500ms, 100 * lost, 100);
  }

  ReceiverEstimate estimate_{kbps(600), kbps(30), kbps(200'000)};
  Instant now_{1000s};
};

TEST_F(ReceiverEstimateTest, IsTheStartUntilSomethingIsHeard) {
  EXPECT_EQ(estimate_.rate(), kbps(600));
  EXPECT_FALSE(estimate_.heard());
  EXPECT_FALSE(estimate_.limited());
}

TEST_F(ReceiverEstimateTest, IsWhatRembTellsAboveTheStartOrBelow) {
  for (const std::int64_t told : {2000, 300, 900}) {
    estimate_.receive_remb(now_, kbps(told));
    EXPECT_EQ(estimate_.rate(), kbps(told));
  }
  EXPECT_TRUE(estimate_.heard());
  EXPECT_TRUE(estimate_.limited());
}

TEST_F(ReceiverEstimateTest, FallsByHalfTheLossAboveTenPercent) {
  estimate_.receive_remb(now_, kbps(1000));
  estimate_.receive_loss(now_, 20, 100);
  EXPECT_EQ(estimate_.rate(), kbps(900));
  estimate_.receive_remb(now_, kbps(1000));
  EXPECT_EQ(estimate_.rate(), kbps(900)) << "loss binds, too";
}

TEST_F(ReceiverEstimateTest, FallsOnceInHalfASecond) {
  estimate_.receive_loss(now_, 20, 100);
  estimate_.receive_loss(now_ + 499ms, 20, 100);
  EXPECT_EQ(estimate_.rate(), kbps(540));
  estimate_.receive_loss(now_ + 500ms, 20, 100);
  EXPECT_EQ(estimate_.rate(), kbps(486));
}

TEST_F(ReceiverEstimateTest, WaitsForTwentyPacketsBeforeItJudges) {
  estimate_.receive_loss(now_, 10, 19);
  EXPECT_EQ(estimate_.rate(), kbps(600));
  estimate_.receive_loss(now_, 5, 11);
  EXPECT_EQ(estimate_.rate(), kbps(450)) << "15 of 30";
}

TEST_F(ReceiverEstimateTest, WaitsForMorePacketsWhereTheLossMayBeChance) {
  for (int i = 0; i < 6; ++i) estimate_.receive_loss(now_ += 1s, 4, 30);
  EXPECT_EQ(estimate_.rate(), kbps(600)) << "24 of 180 are less than two deviations above 10 percent";
  estimate_.receive_loss(now_, 4, 20);
  EXPECT_EQ(estimate_.rate(), kbps(558)) << "28 of 200";
}

TEST_F(ReceiverEstimateTest, DoesNotGrowWithoutBounds) {
  report(0, 3600);
  EXPECT_EQ(estimate_.rate(), kbps(200'000));
}

TEST_F(ReceiverEstimateTest, StaysBetweenTwoAndTenPercentOfLoss) {
  report(0.05, 10);
  EXPECT_EQ(estimate_.rate(), kbps(600));
  EXPECT_FALSE(estimate_.heard()) << "only REMB is heard: the rest is for report_estimate.h";
  EXPECT_FALSE(estimate_.limited());
}

TEST_F(ReceiverEstimateTest, GrowsByEightPercentASecondWithoutLossHoweverOftenItIsReported) {
  report(0.01, 1);
  const Bitrate before = estimate_.rate();
  report(0.01, 10);
  const double often = static_cast<double>(estimate_.rate().value()) / static_cast<double>(before.value());
  EXPECT_NEAR(often, 2.16, 0.02);  // 1.08 to the tenth
  ReceiverEstimate seldom(kbps(600), kbps(30), kbps(200'000));
  seldom.receive_loss(now_, 0, 100);
  for (int i = 0; i < 2; ++i) seldom.receive_loss(now_ += 5s, 0, 100);
  EXPECT_NEAR(static_cast<double>(seldom.rate().value()) / 600'000, 2.16, 0.02);
}

TEST_F(ReceiverEstimateTest, GrowsByNoMoreThanWhatTheRarestReportsTell) {
  report(0, 1);
  const Bitrate before = estimate_.rate();
  estimate_.receive_loss(now_ += 60s, 0, 100);
  EXPECT_NEAR(static_cast<double>(estimate_.rate().value()) / static_cast<double>(before.value()), 1.78, 0.01);
}

TEST_F(ReceiverEstimateTest, ComesBackFromALinkThatLostMuchForLong) {
  estimate_.receive_remb(now_, kbps(1000));
  report(0.3, 120);
  EXPECT_EQ(estimate_.rate(), kbps(30));
  report(0, 1);
  for (int i = 0; i < 20; ++i) {
    estimate_.receive_remb(now_, kbps(1000));
    report(0, 1);
  }
  EXPECT_GT(estimate_.rate(), kbps(130));
}

TEST_F(ReceiverEstimateTest, BelievesNothingOfAnotherPathButThatItsReceiverTellsRemb) {
  estimate_.receive_remb(now_, kbps(1000));
  report(0.3, 10);
  estimate_.change_path(kbps(300));
  EXPECT_EQ(estimate_.rate(), kbps(300));
  EXPECT_TRUE(estimate_.heard());
  EXPECT_FALSE(estimate_.limited());
  estimate_.receive_remb(now_, kbps(2000));
  EXPECT_EQ(estimate_.rate(), kbps(2000));
}

TEST_F(ReceiverEstimateTest, GrowsNoFurtherThanHalfAboveRemb) {
  estimate_.receive_remb(now_, kbps(500));
  estimate_.receive_loss(now_, 20, 100);
  report(0, 9);
  estimate_.receive_remb(now_, kbps(500));
  report(0, 9);
  estimate_.receive_remb(now_, kbps(2000));
  EXPECT_EQ(estimate_.rate(), kbps(750));
}

TEST_F(ReceiverEstimateTest, ForgetsARembOfTenSecondsAgo) {
  estimate_.receive_remb(now_, kbps(300));
  report(0.05, 10);
  EXPECT_EQ(estimate_.rate(), kbps(300));
  report(0.05, 1);
  EXPECT_EQ(estimate_.rate(), kbps(600));
  EXPECT_FALSE(estimate_.limited());
}

// As little as that is padding only, which no report counts.
TEST_F(ReceiverEstimateTest, RisesAgainWhereNothingIsSentThatReportsTellOf) {
  estimate_.receive_remb(now_, kbps(1000));
  report(0.6, 30);
  ASSERT_LT(estimate_.rate(), kbps(100));
  for (int i = 0; i < 60; ++i) estimate_.receive_remb(now_ += 1s, kbps(1000));
  EXPECT_GE(estimate_.rate(), kbps(900));
}

}  // namespace
}  // namespace consomme::bwe
