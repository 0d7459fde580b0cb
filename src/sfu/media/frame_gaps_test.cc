#include "sfu/media/frame_gaps.h"

namespace consomme::media {
namespace {

class FrameGapsTest : public ::testing::Test {
 protected:
  void frames(int count, Duration interval) {
    for (int i = 0; i < count; ++i) gaps_.frame(now_ += interval);
  }
  FrameGaps gaps_;
  Instant now_{1000s};
};

TEST_F(FrameGapsTest, AreNoneInASteadyVideo) {
  frames(1000, 33ms);
  EXPECT_EQ(gaps_.frames(), 1000U);
  EXPECT_EQ(gaps_.freezes(), 0U);
}

TEST_F(FrameGapsTest, BeginAt150MillisecondsMoreThanTheMeanOfAQuickVideo) {
  frames(60, 20ms);
  frames(1, 169ms);
  EXPECT_EQ(gaps_.freezes(), 0U);
  frames(60, 20ms);
  frames(1, 170ms);
  EXPECT_EQ(gaps_.freezes(), 1U);
  EXPECT_EQ(gaps_.frozen(), 170ms);
}

TEST_F(FrameGapsTest, BeginAtThreeTimesTheMeanOfASlowVideo) {
  frames(60, 200ms);
  frames(1, 599ms);
  EXPECT_EQ(gaps_.freezes(), 0U);
  frames(60, 200ms);
  frames(1, 600ms);
  EXPECT_EQ(gaps_.freezes(), 1U);
}

TEST_F(FrameGapsTest, AreSummedUp) {
  frames(60, 33ms);
  frames(1, 1s);
  frames(60, 33ms);
  frames(1, 500ms);
  EXPECT_EQ(gaps_.freezes(), 2U);
  EXPECT_EQ(gaps_.frozen(), 1500ms);
}

TEST_F(FrameGapsTest, DoNotCountAPause) {
  frames(60, 33ms);
  frames(1, 5s);
  frames(60, 33ms);
  gaps_.restart();
  frames(1, 2s);
  frames(60, 33ms);
  EXPECT_EQ(gaps_.freezes(), 0U);
}

TEST_F(FrameGapsTest, TellWhenTheLastFramesBegan) {
  EXPECT_EQ(gaps_.began(0), std::nullopt);
  EXPECT_EQ(gaps_.mean(), std::nullopt);
  frames(40, 20ms);
  frames(2, 100ms);
  EXPECT_EQ(gaps_.began(0), now_);
  EXPECT_EQ(gaps_.began(2), now_ - 200ms);
  EXPECT_EQ(gaps_.began(3), now_ - 220ms);
  EXPECT_EQ(gaps_.mean(), Duration(28 * 20ms + 200ms) / 30);
  frames(1, 5s);
  EXPECT_EQ(gaps_.began(0), now_);
  EXPECT_EQ(gaps_.began(1), std::nullopt) << "before the pause";
}

// The mean is that of the last 30 intervals: a video that has become slow does not freeze with each frame.
TEST_F(FrameGapsTest, GetUsedToASlowerVideo) {
  frames(60, 33ms);
  frames(30, 500ms);
  const auto before = gaps_.freezes();
  frames(30, 500ms);
  EXPECT_EQ(gaps_.freezes(), before);
}

}  // namespace
}  // namespace consomme::media
