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

TEST(Climb, WaitsLongerAfterEachRiseThatWasNotBorne) {
  Climb climb;
  Instant now = kNow;
  for (const Duration rest : {15s, 30s, 60s, 60s}) {
    climb.raised(now, kEstimate);
    now += 2s;
    climb.lowered(now, false, kLeft);
    EXPECT_FALSE(climb.may_rise(now + rest - 1ms, kEstimate));
    now += rest;
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
  EXPECT_FALSE(climb.may_rise(rested, Bitrate(1'200'000)));
  EXPECT_TRUE(climb.may_rise(rested, Bitrate(1'250'000)));
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
  EXPECT_FALSE(climb.may_rise(kNow + 17s - 1ms, kEstimate));
  EXPECT_TRUE(climb.may_rise(kNow + 17s, kEstimate));
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
