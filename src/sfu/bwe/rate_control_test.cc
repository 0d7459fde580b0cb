#include "sfu/bwe/rate_control.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr RateControl::Limits kLimits{.start = kbps(1000), .min = kbps(30), .max = kbps(5000)};

class RateControlTest : public testing::Test {
 protected:
  // Feedback ten times a second for so long, all of it alike.
  void feed(Duration span, const RateControl::Input& input) {
    for (const Instant end = now_ + span; now_ < end; now_ += 100ms) control_.update(now_, input);
  }
  double in_kbps() const { return static_cast<double>(control_.rate().value()) / 1000; }

  RateControl control_{kLimits};
  Instant now_ = kStart;
};

TEST_F(RateControlTest, GrowsByEightPercentASecondWhereNothingIsKnownOfTheLink) {
  feed(1100ms, {.usage = Usage::kNormal, .acknowledged = kbps(1000), .rtt = 50ms});
  EXPECT_NEAR(in_kbps(), 1080, 5);
}

TEST_F(RateControlTest, GrowsByTheSameAsOthersWhereItHasMuch) {
  control_.proven(now_, kbps(4000));
  feed(1s, {.usage = Usage::kNormal, .acknowledged = kbps(4000), .rtt = 50ms});
  EXPECT_NEAR(in_kbps(), 4240, 30);
}

TEST_F(RateControlTest, RunsAheadOfWhatGetsThroughByLittle) {
  feed(60s, {.usage = Usage::kNormal, .acknowledged = kbps(1000), .rtt = 50ms});
  EXPECT_NEAR(in_kbps(), 1110, 5);
}

TEST_F(RateControlTest, GoesBelowWhatGetsThroughWhenTheLinkIsFull) {
  feed(100ms, {.usage = Usage::kOver, .acknowledged = kbps(1000), .rtt = 50ms, .queue = 60ms});
  EXPECT_NEAR(in_kbps(), 850, 1);
}

TEST_F(RateControlTest, GoesDeeperTheLongerTheQueue) {
  feed(100ms, {.usage = Usage::kOver, .acknowledged = kbps(800), .rtt = 250ms, .queue = 260ms});
  EXPECT_NEAR(in_kbps(), 520, 1);
}

TEST_F(RateControlTest, GivesUpWhatIsNotSentFirstWhereTheQueueMayBeAnothers) {
  const RateControl::Input contested{
      .usage = Usage::kOver, .acknowledged = kbps(90), .rtt = 350ms, .queue = 160ms, .contested = true};
  control_.proven(now_, kbps(120));
  feed(100ms, contested);
  EXPECT_NEAR(in_kbps(), 90, 1);
  feed(100ms, contested);
  EXPECT_LT(in_kbps(), 90);
}

TEST_F(RateControlTest, GrowsByPartsOfAPacketNearWhereTheLinkWasFull) {
  feed(100ms, {.usage = Usage::kOver, .acknowledged = kbps(1000), .rtt = 60ms, .queue = 60ms});
  feed(2s, {.usage = Usage::kNormal, .acknowledged = kbps(850), .rtt = 60ms});
  EXPECT_GT(in_kbps(), 850 + 30);
  EXPECT_LT(in_kbps(), 850 + 70);
}

TEST_F(RateControlTest, StaysWhileTheQueueDrains) {
  feed(1s, {.usage = Usage::kUnder, .acknowledged = kbps(1000), .rtt = 50ms});
  feed(1s, {.usage = Usage::kNormal, .acknowledged = kbps(1000), .rtt = 50ms, .queue = 50ms});
  EXPECT_NEAR(in_kbps(), 1000, 1);
}

TEST_F(RateControlTest, KeepsItsLimits) {
  control_.proven(now_, kbps(9000));
  EXPECT_EQ(control_.rate(), kLimits.max);
  for (int i = 0; i < 100; ++i) control_.back_off(now_);
  EXPECT_EQ(control_.rate(), kLimits.min);
}

}  // namespace
}  // namespace consomme::bwe
