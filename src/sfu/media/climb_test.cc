#include "sfu/media/climb.h"

namespace consomme::media {
namespace {

constexpr Instant kNow{1000s};
constexpr Bitrate kEstimate{1'000'000};

TEST(Climb, MayRiseAtFirst) {
  EXPECT_TRUE(Climb().may_rise(kNow, kEstimate));
}

TEST(Climb, RestsAfterALoweringThatALongTimeLedTo) {
  Climb climb;
  climb.raised(kNow, kEstimate);
  const Instant lowered = kNow + Climb::kTrial + 1s;
  climb.lowered(lowered, false);
  EXPECT_FALSE(climb.may_rise(lowered + Climb::kRestAfterLowering - 1ms, Bitrate(9'000'000)));
  EXPECT_TRUE(climb.may_rise(lowered + Climb::kRestAfterLowering, kEstimate));
}

TEST(Climb, WaitsLongerAfterEachRiseThatWasNotBorne) {
  Climb climb;
  Instant now = kNow;
  for (const Duration rest : {15s, 30s, 60s, 60s}) {
    climb.raised(now, kEstimate);
    now += 2s;
    climb.lowered(now, false);
    EXPECT_FALSE(climb.may_rise(now + rest - 1ms, kEstimate));
    now += rest;
    EXPECT_TRUE(climb.may_rise(now, kEstimate));
  }
}

TEST(Climb, TakesNoGuessForARiseThatWasNotBorne) {
  Climb climb;
  climb.raised(kNow, std::nullopt);
  climb.lowered(kNow + 1s, false);
  EXPECT_TRUE(climb.may_rise(kNow + 1s + Climb::kRestAfterLowering, kEstimate));
}

TEST(Climb, RisesSoonerByAnEstimateClearlyAboveTheOneThatMisled) {
  Climb climb;
  climb.raised(kNow, kEstimate);
  climb.lowered(kNow + 2s, false);
  const Instant rested = kNow + 2s + Climb::kRestAfterLowering;
  EXPECT_FALSE(climb.may_rise(rested, Bitrate(1'200'000)));
  EXPECT_TRUE(climb.may_rise(rested, Bitrate(1'250'000)));
}

TEST(Climb, TriesTheBaseAgainBeforeALayer) {
  Climb climb;
  for (Instant now = kNow; now < kNow + 60s; now += 12s) {
    climb.raised(now, kEstimate);
    climb.lowered(now + 1s, true);
    EXPECT_FALSE(climb.may_rise(now + 1s + Climb::kBaseRest - 1ms, kEstimate));
    EXPECT_TRUE(climb.may_rise(now + 1s + Climb::kBaseRest, kEstimate));
  }
}

}  // namespace
}  // namespace consomme::media
