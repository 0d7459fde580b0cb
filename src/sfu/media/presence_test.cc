#include "sfu/media/presence.h"

namespace consomme::media {
namespace {

constexpr Instant kStart{1000s};

TEST(Presence, IsNotJudgedBeforeTheSourceCouldSend) {
  Presence presence;
  EXPECT_EQ(presence.deadline(), kNever);
  EXPECT_FALSE(presence.expire(kStart + 1h));
}

TEST(Presence, IsSilentTwoSecondsAfterTheBeginningWhenNothingEverCame) {
  Presence presence;
  presence.begin(kStart);
  EXPECT_EQ(presence.deadline(), kStart + 2s);
  EXPECT_FALSE(presence.expire(kStart + 2s - 1ns));
  EXPECT_TRUE(presence.expire(kStart + 2s));
  EXPECT_TRUE(presence.silent());
}

TEST(Presence, IsSilentTwoSecondsAfterTheLastSignOfLifeAndSaysSoOnce) {
  Presence presence;
  presence.begin(kStart);
  EXPECT_FALSE(presence.show(kStart + 1500ms));
  EXPECT_FALSE(presence.expire(kStart + 2s));
  EXPECT_TRUE(presence.expire(kStart + 3500ms));
  EXPECT_FALSE(presence.expire(kStart + 10s));
  EXPECT_EQ(presence.deadline(), kNever);
}

TEST(Presence, IsBackWithTheFirstSignOfLifeAndSaysSoOnce) {
  Presence presence;
  presence.begin(kStart);
  ASSERT_TRUE(presence.expire(kStart + 2s));
  EXPECT_TRUE(presence.show(kStart + 5s));
  EXPECT_FALSE(presence.show(kStart + 5s));
  EXPECT_EQ(presence.deadline(), kStart + 7s);
}

}  // namespace
}  // namespace consomme::media
