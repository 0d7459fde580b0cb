#include "sfu/media/climb.h"

namespace consomme::media {
namespace {

constexpr Instant kNow{1000s};
constexpr Bitrate kEstimate{1'000'000};
constexpr Bitrate kLeft{700'000};

TEST(Climb, MayRiseAtFirst) {
  EXPECT_TRUE(Climb().may_rise(kNow, kEstimate));
}

TEST(Climb, RestsAfterALoweringThatALongTimeLedTo) {
  Climb climb;
  climb.raised(kNow, kEstimate);
  const Instant lowered = kNow + Climb::kTrial + 1s;
  climb.lowered(lowered, false, kLeft);
  EXPECT_FALSE(climb.may_rise(lowered + Climb::kRestAfterLowering - 1ms, Bitrate(9'000'000)));
  EXPECT_TRUE(climb.may_rise(lowered + Climb::kRestAfterLowering, kEstimate));
}

TEST(Climb, WaitsForAMinuteAfterEachRiseThatWasNotBorne) {
  Climb climb;
  Instant now = kNow;
  for (int i = 0; i < 4; ++i) {
    climb.raised(now, kEstimate);
    now += 2s;
    climb.lowered(now, false, kLeft);
    EXPECT_FALSE(climb.may_rise(now + 1min - 1ms, kEstimate));
    now += 1min;
    EXPECT_TRUE(climb.may_rise(now, kEstimate));
  }
}

TEST(Climb, TakesNoGuessForARiseThatWasNotBorne) {
  Climb climb;
  climb.raised(kNow, std::nullopt);
  climb.lowered(kNow + 1s, false, kLeft);
  EXPECT_TRUE(climb.may_rise(kNow + 1s + Climb::kRestAfterLowering, kEstimate));
}

TEST(Climb, RisesSoonerByAnEstimateClearlyAboveTheOneThatMisled) {
  Climb climb;
  climb.raised(kNow, kEstimate);
  climb.lowered(kNow + 2s, false, kLeft);
  const Instant rested = kNow + 2s + Climb::kRestAfterLowering;
  EXPECT_FALSE(climb.may_rise(rested, Bitrate(1'140'000)));
  EXPECT_TRUE(climb.may_rise(rested, Bitrate(1'150'000)));
}

TEST(Climb, TakesALinkThatHasBecomeAnotherForNoFailureOnce) {
  constexpr Bitrate kNextToNothing{390'000};
  Climb climb;
  climb.raised(kNow, kEstimate);
  climb.lowered(kNow + 4s, false, kNextToNothing);
  const Instant again = kNow + 4s + Climb::kRestAfterLowering;
  EXPECT_TRUE(climb.may_rise(again, kEstimate));
  climb.raised(again, kEstimate);
  climb.lowered(again + 4s, false, kNextToNothing);
  EXPECT_FALSE(climb.may_rise(again + 4s + Climb::kRestAfterLowering, kEstimate));
}

TEST(Climb, CountsAFallOfTwoStepsAsOne) {
  Climb climb;
  climb.raised(kNow, kEstimate);
  climb.lowered(kNow + 2s, false, kLeft);
  climb.lowered(kNow + 3s, false, kLeft);
  EXPECT_FALSE(climb.may_rise(kNow + 2s + Climb::kRestAfterFailure - 1ms, kEstimate));
  EXPECT_TRUE(climb.may_rise(kNow + 2s + Climb::kRestAfterFailure, kEstimate));
}

TEST(Climb, TriesTheBaseAgainBeforeALayer) {
  Climb climb;
  for (Instant now = kNow; now < kNow + 60s; now += 12s) {
    climb.raised(now, kEstimate);
    climb.lowered(now + 1s, true, kLeft);
    EXPECT_FALSE(climb.may_rise(now + 1s + Climb::kBaseRest - 1ms, kEstimate));
    EXPECT_TRUE(climb.may_rise(now + 1s + Climb::kBaseRest, kEstimate));
  }
}

}  // namespace
}  // namespace consomme::media
