#include "sfu/media/repetition.h"

namespace consomme::media {
namespace {

constexpr Instant kStart = Instant(Duration(1'700'000'000s));

TEST(Repetition, GoesOnUntilRoundTripsGrowLonger) {
  Repetition repetition;
  EXPECT_FALSE(repetition.may_go_on(kStart, std::nullopt)) << "who knows what it does?";
  EXPECT_TRUE(repetition.may_go_on(kStart, 80ms));
  EXPECT_TRUE(repetition.may_go_on(kStart + 1h, 40ms));
  EXPECT_TRUE(repetition.may_go_on(kStart + 2h, 140ms));
  EXPECT_FALSE(repetition.may_go_on(kStart + 3h, 141ms));
}

TEST(Repetition, RestsTwiceAsLongEachTime) {
  Repetition repetition;
  Instant now = kStart;
  for (const Duration rest : {1min, 2min, 4min, 8min, 16min, 16min}) {
    EXPECT_TRUE(repetition.may_go_on(now, 20ms));
    EXPECT_FALSE(repetition.may_go_on(now, 200ms));
    EXPECT_FALSE(repetition.may_go_on(now + rest - 1ms, 20ms));
    now += rest;
  }
}

TEST(Repetition, TakesALongerPathForWhatItIsTheNextTime) {
  Repetition repetition;
  EXPECT_TRUE(repetition.may_go_on(kStart, 20ms));
  EXPECT_FALSE(repetition.may_go_on(kStart, 300ms));
  EXPECT_TRUE(repetition.may_go_on(kStart + 1min, 300ms));
  EXPECT_TRUE(repetition.may_go_on(kStart + 1h, 310ms));
}

}  // namespace
}  // namespace consomme::media
