#include "sfu/runtime/ebb.h"

namespace consomme::sfu {
namespace {

// One transport count a second.
class EbbTest : public ::testing::Test {
 protected:
  bool is_now(std::size_t transports) { return ebb_.is_now(now_ += 1s, transports); }
  // Until those who have come have settled.
  void settle(std::size_t transports) {
    for (int i = 0; i < 10; ++i) is_now(transports);
  }

  Ebb ebb_;
  Instant now_ = Instant(1000s);
};

TEST_F(EbbTest, IsWhenHalfHaveLeftAndAgainWhenHalfOfTheRestHave) {
  settle(1000);
  EXPECT_FALSE(is_now(501));
  EXPECT_TRUE(is_now(500));
  EXPECT_FALSE(is_now(499)) << "once";
  EXPECT_TRUE(is_now(250));
  EXPECT_TRUE(is_now(0));
  EXPECT_FALSE(is_now(0));
}

TEST_F(EbbTest, BeginsAnewWhenOthersCome) {
  settle(200);
  EXPECT_TRUE(is_now(100));
  settle(300);
  EXPECT_FALSE(is_now(200));
  EXPECT_TRUE(is_now(150));
}

TEST_F(EbbTest, IsOnceAfterManyHaveCome) {
  EXPECT_FALSE(is_now(60));
  EXPECT_FALSE(is_now(120));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(is_now(120)) << "their handshakes may go on";
  EXPECT_TRUE(is_now(120));
  EXPECT_FALSE(is_now(120));
}

TEST_F(EbbTest, WaitsWhileMoreCome) {
  for (std::size_t i = 1; i <= 50; ++i) EXPECT_FALSE(is_now(20 * i));
}

TEST_F(EbbTest, CountsThoseWhoComeWhileOthersLeave) {
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(is_now(12));
    EXPECT_FALSE(is_now(1));
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(is_now(1), i == 3) << i;
}

TEST_F(EbbTest, IsNoneWhereFewWere) {
  settle(Ebb::kWorthwhile - 1);
  EXPECT_FALSE(is_now(0));
}

}  // namespace
}  // namespace consomme::sfu
