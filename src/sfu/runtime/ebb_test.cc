#include "sfu/runtime/exodus.h"

namespace consomme::sfu {
namespace {

TEST(Exodus, IsWhenHalfHaveLeftAndAgainWhenHalfOfTheRestHave) {
  Exodus exodus;
  EXPECT_FALSE(exodus.half_have_left(1000));
  EXPECT_FALSE(exodus.half_have_left(501));
  EXPECT_TRUE(exodus.half_have_left(500));
  EXPECT_FALSE(exodus.half_have_left(499)) << "once";
  EXPECT_TRUE(exodus.half_have_left(250));
  EXPECT_TRUE(exodus.half_have_left(0));
  EXPECT_FALSE(exodus.half_have_left(0));
}

TEST(Exodus, BeginsAnewWhenOthersCome) {
  Exodus exodus;
  exodus.half_have_left(200);
  EXPECT_TRUE(exodus.half_have_left(100));
  EXPECT_FALSE(exodus.half_have_left(300));
  EXPECT_FALSE(exodus.half_have_left(200));
  EXPECT_TRUE(exodus.half_have_left(150));
}

TEST(Exodus, IsNoneWhereFewWere) {
  Exodus exodus;
  EXPECT_FALSE(exodus.half_have_left(Exodus::kWorthwhile - 1));
  EXPECT_FALSE(exodus.half_have_left(0));
}

}  // namespace
}  // namespace consomme::sfu
