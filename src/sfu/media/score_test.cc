#include "sfu/media/score.h"

namespace consomme::media {
namespace {

constexpr std::optional<Duration> kNear = 50ms;

// The score that a steady stream of such intervals settles at.
Score settled(const ScoreMeter::Interval& interval, std::optional<Duration> rtt = kNear) {
  ScoreMeter meter;
  for (int i = 0; i < 20; ++i) meter.update(interval, rtt);
  return meter.score();
}

TEST(Score, IsTenWhenAllArrives) {
  EXPECT_EQ(settled({.expected = 100}), 10);
}

TEST(Score, IsZeroBeforeAnythingCameAndWhenNothingComesAnyMore) {
  ScoreMeter meter;
  EXPECT_EQ(meter.score(), 0);
  EXPECT_EQ(meter.update({}, kNear), 0);
  EXPECT_EQ(meter.update({.expected = 100}, kNear), 10);
  EXPECT_EQ(meter.silence(), 0);
  EXPECT_EQ(meter.update({}, kNear), 0);
}

TEST(Score, FallsWithTheLoss) {
  EXPECT_EQ(settled({.expected = 100, .lost = 1}), 10);
  EXPECT_EQ(settled({.expected = 100, .lost = 5}), 8);
  EXPECT_EQ(settled({.expected = 100, .lost = 20}), 4);
  EXPECT_EQ(settled({.expected = 100, .lost = 50}), 1);
}

TEST(Score, ForgivesMostOfWhatWasRepaired) {
  EXPECT_EQ(settled({.expected = 100, .lost = 20, .repaired = 20}), 8);
  EXPECT_EQ(settled({.expected = 100, .lost = 20, .repaired = 10}), 6);
}

TEST(Score, TakesRepairsOfAnEarlierIntervalForNoMoreThanTheLoss) {
  EXPECT_EQ(settled({.expected = 100, .lost = 0, .repaired = 30}), 10);
  EXPECT_EQ(settled({.expected = 100, .lost = -5, .repaired = 5}), 10);
}

TEST(Score, LosesAPointForALongRoundTripAndAnotherForAVeryLongOne) {
  EXPECT_EQ(settled({.expected = 100}, 400ms), 10);
  EXPECT_EQ(settled({.expected = 100}, 401ms), 9);
  EXPECT_EQ(settled({.expected = 100}, 801ms), 8);
  EXPECT_EQ(settled({.expected = 100}, std::nullopt), 10);
}

TEST(Score, IsAtLeastOneWhileAnythingArrives) {
  EXPECT_EQ(settled({.expected = 100, .lost = 99}, 2s), 1);
}

TEST(Score, ShowsOneBadSecondByHalfAndRecovers) {
  ScoreMeter meter;
  meter.update({.expected = 100}, kNear);
  EXPECT_EQ(meter.update({.expected = 100, .lost = 20}, kNear), 7);
  EXPECT_EQ(meter.update({.expected = 100}, kNear), 8);
  EXPECT_EQ(meter.update({.expected = 100}, kNear), 9);
  EXPECT_EQ(meter.update({.expected = 100}, kNear), 10);
}

TEST(Score, TakesOneLostOfThreeComfortPacketsForNoBadSecond) {
  ScoreMeter meter;
  meter.update({.expected = 100}, kNear);
  meter.update({.expected = 3, .lost = 1}, kNear);
  for (int i = 0; i < 20; ++i) EXPECT_GE(meter.update({.expected = 3}, kNear), 9) << i;
}

TEST(Score, FallsWithTheLossOfAStreamOfFewPacketsToo) {
  EXPECT_EQ(settled({.expected = 1000, .lost = 200}), 4);
  ScoreMeter meter;
  for (int i = 0; i < 60; ++i) meter.update({.expected = 3, .lost = i % 5 < 3 ? 1. : 0.}, kNear);
  EXPECT_EQ(meter.score(), 4);
}

TEST(Score, StaysWhenNothingWasExpected) {
  ScoreMeter meter;
  meter.update({.expected = 100, .lost = 20}, kNear);
  EXPECT_EQ(meter.update({}, kNear), 4);
}

}  // namespace
}  // namespace consomme::media
