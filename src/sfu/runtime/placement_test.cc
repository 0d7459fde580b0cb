#include "sfu/runtime/placement.h"

namespace consomme::sfu {
namespace {

class PlacementTest : public ::testing::Test {
 protected:
  std::optional<unsigned> choose(std::vector<unsigned> present, std::vector<unsigned> full = {}) const {
    return placement_.choose(present, [&](unsigned worker) { return std::ranges::find(full, worker) == full.end(); });
  }
  Placement placement_{3};
};

TEST_F(PlacementTest, ARoomStaysTogetherUntilItsWorkerHasEnough) {
  placement_.measured(0, 0.1);
  placement_.measured(1, Placement::kEnough - 0.01);
  EXPECT_EQ(choose({1}), 1U);
  placement_.measured(1, Placement::kEnough);
  EXPECT_EQ(choose({1}), 2U) << "the least loaded one";
  EXPECT_EQ(choose({1, 0}), 0U) << "where the room is already";
}

TEST_F(PlacementTest, WhereAllHaveEnoughTheLeastLoadedTakesMore) {
  placement_.measured(0, 0.9);
  placement_.measured(1, 0.7);
  placement_.measured(2, 0.8);
  EXPECT_EQ(choose({0, 2}), 1U);
}

TEST_F(PlacementTest, AWorkerThatIsFullIsPassedOver) {
  EXPECT_EQ(choose({0}, {0}), 1U);
  EXPECT_EQ(choose({}, {0, 1}), 2U);
  EXPECT_EQ(choose({0}, {0, 1, 2}), std::nullopt);
}

TEST_F(PlacementTest, ThereIsRoomAsLongAsOneWorkerIsBelowTheLimit) {
  for (int second = 0; second < 3; ++second) {
    placement_.measured(0, 0.95);
    placement_.measured(1, 0.9);
    placement_.measured(2, 0.89);
  }
  EXPECT_TRUE(placement_.any_below(0.9));
  placement_.placed(2, 0.5);
  EXPECT_TRUE(placement_.any_below(0.9)) << "an estimate turns nobody away";
}

TEST_F(PlacementTest, ThereIsNoneOnceAllWereAboveTheLimitForThreeSeconds) {
  for (int second = 0; second < 3; ++second) {
    EXPECT_TRUE(placement_.any_below(0.9)) << second;
    for (unsigned worker = 0; worker < 3; ++worker) placement_.measured(worker, 0.95);
  }
  EXPECT_FALSE(placement_.any_below(0.9));
  placement_.measured(1, 0.5);
  EXPECT_TRUE(placement_.any_below(0.9));
}

TEST_F(PlacementTest, AStormIsSpreadBeforeItIsMeasured) {
  std::array<int, 3> placed{};
  for (int i = 0; i < 600; ++i) {
    const unsigned worker = *choose({0});
    ++placed[worker];
    placement_.placed(worker, kShareOfTransport);
  }
  for (const int transports : placed) EXPECT_GE(transports, 150);
}

TEST_F(PlacementTest, WhatWasPlacedCountsUntilItIsMeasuredForSure) {
  placement_.placed(0, 0.2);
  for (int second = 0; second < 2; ++second) {
    placement_.measured(0, 0.1);
    EXPECT_DOUBLE_EQ(placement_.load(0), 0.3);
  }
  placement_.measured(0, 0.25);
  EXPECT_DOUBLE_EQ(placement_.load(0), 0.25);
}

}  // namespace
}  // namespace consomme::sfu
