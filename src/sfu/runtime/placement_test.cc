#include "sfu/runtime/placement.h"

namespace consomme::sfu {
namespace {

constexpr auto kVideo = ortc::MediaKind::kVideo;

class PlacementTest : public ::testing::Test {
 protected:
  std::optional<unsigned> choose(const Spread& room, std::vector<unsigned> full = {}) const {
    return placement_.choose(room, [&](unsigned worker) { return std::ranges::find(full, worker) == full.end(); });
  }
  static Spread on(std::vector<unsigned> workers) {
    Spread room;
    for (const unsigned worker : workers) room.parts.push_back({.worker = worker});
    return room;
  }
  void measure(std::vector<double> shares) {
    for (unsigned worker = 0; worker < shares.size(); ++worker) placement_.measured(worker, shares[worker]);
  }
  // Until nothing is known but what is measured, and expected.
  void settle() {
    for (int second = 0; second < 3; ++second) measure({0, 0, 0});
  }
  void join(Spread& room, unsigned worker, unsigned receivers) {
    for (unsigned i = 0; i < receivers; ++i) placement_.join(room, worker);
  }
  void begin_to_send(Spread& room, unsigned worker) {
    placement_.join(room, worker);
    placement_.begin_to_send(room, worker);
  }
  Placement placement_{3};
};

TEST_F(PlacementTest, ARoomStaysTogetherUntilItsWorkerHasEnough) {
  measure({0.1, Placement::kEnough - 0.01, 0});
  EXPECT_EQ(choose(on({1})), 1U);
  measure({0.1, Placement::kEnough, 0});
  EXPECT_EQ(choose(on({1})), 2U) << "the least loaded one";
  EXPECT_EQ(choose(on({1, 0})), 0U) << "where the room is already";
}

TEST_F(PlacementTest, WhereAllHaveEnoughTheLeastLoadedTakesMore) {
  measure({0.9, 0.7, 0.8});
  EXPECT_EQ(choose(on({0, 2})), 1U);
}

TEST_F(PlacementTest, ThereARoomStaysWhereTheLeastLoadedIsHardlyLessLoaded) {
  measure({0.9, 0.7, 0.7 + Placement::kSlack - 0.001});
  EXPECT_EQ(choose(on({0, 2})), 2U);
}

TEST_F(PlacementTest, AWorkerThatIsFullIsPassedOver) {
  EXPECT_EQ(choose(on({0}), {0}), 1U);
  EXPECT_EQ(choose({}, {0, 1}), 2U);
  EXPECT_EQ(choose(on({0}), {0, 1, 2}), std::nullopt);
}

TEST_F(PlacementTest, AnAudienceThatWaitsIsSpreadThoughNothingOfItIsMeasured) {
  Spread room = placement_.begin(0);
  for (unsigned i = 0; i < 3 * Placement::kTogether; ++i) {
    settle();
    placement_.join(room, *choose(room));
  }
  ASSERT_EQ(room.parts.size(), 3U);
  for (const Spread::Part& part : room.parts) EXPECT_EQ(part.receivers, Placement::kTogether);
}

TEST_F(PlacementTest, WhoSendsIsExpectedToSendAVideoToEveryReceiver) {
  Spread room = placement_.begin(0);
  join(room, 0, 20);
  join(room, 1, 10);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 20 * kShareOfVideo) << "somebody will";
  begin_to_send(room, 2);
  begin_to_send(room, 2);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 40 * kShareOfVideo);
  EXPECT_DOUBLE_EQ(placement_.load(1), 20 * kShareOfVideo);
  EXPECT_DOUBLE_EQ(placement_.load(2), 0) << "they receive nothing there";
  join(room, 0, 1);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 42 * kShareOfVideo);
}

TEST_F(PlacementTest, AVideoThatCameIsNoLongerExpected) {
  Spread room = placement_.begin(0);
  join(room, 0, 2);
  begin_to_send(room, 1);
  placement_.consume(room, 0, kVideo);
  EXPECT_NEAR(placement_.load(0), kShareOfRoom + 2 * kShareOfTransport + 2 * kShareOfVideo, 1e-9);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), kShareOfVideo) << "it is measured from now on";
  for (int i = 0; i < 5; ++i) placement_.consume(room, 0, kVideo);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 0) << "more than was expected";
  for (int i = 0; i < 6; ++i) placement_.end_consumer(room, 0, kVideo);
  EXPECT_DOUBLE_EQ(placement_.load(0), 2 * kShareOfVideo);
}

TEST_F(PlacementTest, SoundIsNotExpectedAndChangesNothingOfWhatIs) {
  Spread room = placement_.begin(0);
  join(room, 0, 2);
  begin_to_send(room, 1);
  placement_.consume(room, 0, ortc::MediaKind::kAudio);
  placement_.end_consumer(room, 0, ortc::MediaKind::kAudio);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 2 * kShareOfVideo);
}

TEST_F(PlacementTest, NobodyWaitsForAVideoForEverButForMoreBehindTheFirst) {
  Spread room = placement_.begin(0);
  join(room, 0, 10);
  begin_to_send(room, 1);
  settle();
  for (std::uint32_t second = 1; second < Placement::kPatience; ++second) placement_.pass_second(room);
  EXPECT_DOUBLE_EQ(placement_.load(0), 10 * kShareOfVideo);
  for (int second = 0; second < 2; ++second) placement_.pass_second(room);
  EXPECT_DOUBLE_EQ(placement_.load(0), 0) << "it is a room of sound";
  join(room, 0, 2);
  begin_to_send(room, 1);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), 0);
  placement_.consume(room, 0, kVideo);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), (12 * 2 - 1) * kShareOfVideo);
}

TEST_F(PlacementTest, NobodyIsExpectedToSeeHundreds) {
  Spread room = placement_.begin(0);
  join(room, 0, 1);
  for (unsigned i = 0; i < 10 * Placement::kMostExpected; ++i) begin_to_send(room, 1);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(0), Placement::kMostExpected * kShareOfVideo);
}

TEST_F(PlacementTest, OfARoomThatIsEmptyNothingIsExpected) {
  Spread room = placement_.begin(0);
  join(room, 0, 5);
  join(room, 1, 5);
  begin_to_send(room, 0);
  begin_to_send(room, 1);
  placement_.cease_to_send(room, 1);
  placement_.leave(room, 1);
  settle();
  EXPECT_DOUBLE_EQ(placement_.load(1), 5 * kShareOfVideo);
  placement_.cease_to_send(room, 0);
  for (int i = 0; i < 6; ++i) placement_.leave(room, 0);
  for (int i = 0; i < 5; ++i) placement_.leave(room, 1);
  settle();
  for (unsigned worker = 0; worker < 3; ++worker) EXPECT_DOUBLE_EQ(placement_.load(worker), 0);
}

TEST_F(PlacementTest, AChoiceAsksEachWorkerTwiceAtMost) {
  for (const unsigned workers : {16U, 32U, 64U}) {
    const Placement many{workers};
    Spread room;
    for (unsigned worker = 0; worker < workers; ++worker)
      room.parts.push_back({.worker = worker, .receivers = Placement::kTogether});
    unsigned asked = 0;
    many.choose(room, [&](unsigned) { return ++asked != 0; });
    EXPECT_EQ(asked, 2 * workers);
  }
}

TEST_F(PlacementTest, ThereIsRoomAsLongAsOneWorkerIsBelowTheLimit) {
  for (int second = 0; second < 3; ++second) {
    placement_.measured(0, 0.95);
    placement_.measured(1, 0.9);
    placement_.measured(2, 0.89);
  }
  EXPECT_TRUE(placement_.any_below(0.9));
  Spread room = placement_.begin(2);
  join(room, 2, 250);
  EXPECT_GT(placement_.load(2), 0.9);
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
  for (int i = 0; i < 300; ++i) {
    const unsigned worker = *choose({});
    ++placed[worker];
    Spread room = placement_.begin(worker);
    join(room, worker, 2);
  }
  for (const int rooms : placed) EXPECT_EQ(rooms, 100);
}

TEST_F(PlacementTest, WhatWasPlacedCountsUntilItIsMeasuredForSure) {
  Spread room = placement_.begin(0);
  join(room, 0, 10);
  const double expected = 10 * kShareOfVideo;
  for (int second = 0; second < 2; ++second) {
    measure({0.1, 0, 0});
    EXPECT_DOUBLE_EQ(placement_.load(0), 0.1 + kShareOfRoom + 10 * kShareOfTransport + expected);
  }
  measure({0.25, 0, 0});
  EXPECT_DOUBLE_EQ(placement_.load(0), 0.25 + expected);
}

}  // namespace
}  // namespace consomme::sfu
