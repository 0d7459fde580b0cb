#include "sfu/bwe/allocation.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

using testing::ElementsAre;
using testing::Optional;

constexpr Instant kNow{1000s};
const std::vector<Rung> kThree = {{0, 0, kbps(150)}, {1, 0, kbps(500)}, {2, 0, kbps(1500)}};

Demand wants(const std::vector<Rung>& ladder, std::uint8_t priority = 1) {
  return {.ladder = ladder, .priority = priority, .current = {}};
}
Budget known(std::int64_t estimate_kbps, std::int64_t reserved_kbps = 0) {
  return {.estimate = kbps(estimate_kbps), .carried = {}, .reserved = kbps(reserved_kbps), .is_known = true};
}
std::vector<std::optional<std::size_t>> rungs(const Budget& budget, const std::vector<Demand>& demands) {
  Share share;
  allocate(budget, demands, share);
  return share.rungs;
}

TEST(Allocation, GivesTheBestThatFits) {
  EXPECT_THAT(rungs(known(400), {wants(kThree)}), ElementsAre(Optional(0U)));
  EXPECT_THAT(rungs(known(600), {wants(kThree)}), ElementsAre(Optional(1U)));
  EXPECT_THAT(rungs(known(2000), {wants(kThree)}), ElementsAre(Optional(2U)));
}

TEST(Allocation, GivesEverybodyTheBaseBeforeAnybodyMore) {
  EXPECT_THAT(rungs(known(500), {wants(kThree), wants(kThree), wants(kThree)}),
              ElementsAre(Optional(0U), Optional(0U), Optional(0U)));
  EXPECT_THAT(rungs(known(900), {wants(kThree), wants(kThree), wants(kThree)}),
              ElementsAre(Optional(1U), Optional(0U), Optional(0U)));
}

TEST(Allocation, KeepsABaseThatArrivesWhateverIsBelieved) {
  Demand has = wants(kThree);
  has.current = 0;
  Budget budget = known(100);
  budget.arriving = kbps(290);
  EXPECT_THAT(rungs(budget, {has, has, has}), ElementsAre(Optional(0U), Optional(0U), std::nullopt));
  EXPECT_THAT(rungs(budget, {wants(kThree)}), ElementsAre(std::nullopt)) << "nobody gets one for it";
  budget.reserved = kbps(150);
  EXPECT_THAT(rungs(budget, {has, has}), ElementsAre(std::nullopt, std::nullopt)) << "sound arrives, too";
}

TEST(Allocation, EasesAFullLinkByTheLastBaseThatArrivesButNotByTheOnlyOne) {
  Demand has = wants(kThree);
  has.current = 0;
  Budget full = known(100);
  full.arriving = kbps(440);
  EXPECT_THAT(rungs(full, {has, has, has}), ElementsAre(Optional(0U), Optional(0U), Optional(0U)));
  full.is_full = true;
  EXPECT_THAT(rungs(full, {has, has, has}), ElementsAre(Optional(0U), Optional(0U), std::nullopt));
  full.arriving = kbps(145);
  EXPECT_THAT(rungs(full, {has, has, has}), ElementsAre(Optional(0U), std::nullopt, std::nullopt));
}

TEST(Allocation, MissesAPictureInAMeasurementOfABaseOfWhichNothingIsLost) {
  Demand has = wants(kThree);
  has.current = 0;
  Budget budget = known(100);
  budget.arriving = kbps(115);
  EXPECT_THAT(rungs(budget, {has}), ElementsAre(std::nullopt));
  budget.is_whole = true;
  EXPECT_THAT(rungs(budget, {has}), ElementsAre(Optional(0U)));
}

TEST(Allocation, AsksMoreRoomForABetterSizeThanForMorePictures) {
  const std::vector<Rung> both = {{0, 0, kbps(300)}, {0, 1, kbps(500)}, {1, 1, kbps(1000)}};
  Demand demand = wants(both);
  demand.current = 0;
  EXPECT_THAT(rungs(known(545), {demand}), ElementsAre(Optional(1U)));
  demand.current = 1;
  EXPECT_THAT(rungs(known(1100), {demand}), ElementsAre(Optional(1U)));
  EXPECT_THAT(rungs(known(1120), {demand}), ElementsAre(Optional(2U)));
  demand.current = 2;
  EXPECT_THAT(rungs(known(1000), {demand}), ElementsAre(Optional(2U))) << "which is kept without";
}

TEST(Allocation, ServesHigherPriorityFirst) {
  EXPECT_THAT(rungs(known(900), {wants(kThree), wants(kThree, 5), wants(kThree)}),
              ElementsAre(Optional(0U), Optional(1U), Optional(0U)));
  EXPECT_THAT(rungs(known(200), {wants(kThree), wants(kThree, 5)}), ElementsAre(std::nullopt, Optional(0U)));
}

TEST(Allocation, RaisesThePreferredAsFarAsTheyGoBeforeOthersRiseAboveTheirBase) {
  const Demand least = wants(kThree);
  EXPECT_THAT(rungs(known(3000), {least, least, least, wants(kThree, 255), least, least}),
              ElementsAre(Optional(1U), Optional(0U), Optional(0U), Optional(2U), Optional(0U), Optional(0U)));
  EXPECT_THAT(rungs(known(1900), {wants(kThree, 9), wants(kThree), wants(kThree, 9)}),
              ElementsAre(Optional(1U), Optional(1U), Optional(1U)))
      << "equals in turn, and those below what that leaves";
}

TEST(Allocation, KeepsWhatSoundNeedsOutOfIt) {
  EXPECT_THAT(rungs(known(600, 100), {wants(kThree)}), ElementsAre(Optional(0U)));
}

TEST(Allocation, RefusesABaseOnlyWhenTheLinkHasShownItsLimit) {
  const std::vector<Rung> one = {{0, 0, kbps(2500)}};
  EXPECT_THAT(rungs(known(600), {wants(one)}), ElementsAre(std::nullopt));
  Budget guess = known(600);
  guess.is_known = false;
  EXPECT_THAT(rungs(guess, {wants(one)}), ElementsAre(Optional(0U)));
}

TEST(Allocation, LeavesABetterSpatialLayerToWhoMayRise) {
  Demand demand = wants(kThree);
  demand.current = 0;
  demand.may_rise = false;
  EXPECT_THAT(rungs(known(5000), {demand}), ElementsAre(Optional(0U)));
  demand.may_rise = true;
  EXPECT_THAT(rungs(known(5000), {demand}), ElementsAre(Optional(2U)));
}

TEST(Allocation, KeepsWithoutAMarginWhatItWouldNotTakeAnew) {
  Demand demand = wants(kThree);
  EXPECT_THAT(rungs(known(510), {demand}), ElementsAre(Optional(0U)));
  demand.current = 1;
  EXPECT_THAT(rungs(known(510), {demand}), ElementsAre(Optional(1U)));
}

TEST(Allocation, AsksRoomForWhatAllOthersHaveBeforeItTakesMore) {
  Demand has = wants(kThree);
  has.current = 1;
  Demand wants_more = wants(kThree);
  wants_more.current = 0;
  const std::vector<Demand> demands = {has, has, has, has, wants_more};
  const auto more_at = [&](std::int64_t estimate_kbps) { return rungs(known(estimate_kbps), demands)[4]; };
  EXPECT_THAT(more_at(2000 + 560 + 239), Optional(0U));
  EXPECT_THAT(more_at(2000 + 560 + 240), Optional(1U));
  wants_more.current = 1;
  EXPECT_THAT(rungs(known(2500), {has, has, has, has, wants_more})[4], Optional(1U)) << "kept without";
}

TEST(Allocation, DrainsAQueueByFewerPicturesBeforeItTakesSmallerOnes) {
  const std::vector<Rung> two = {{0, 0, kbps(100)}, {0, 1, kbps(150)}, {1, 0, kbps(300)}, {1, 1, kbps(400)}};
  Demand demand = wants(two);
  Budget draining = known(250);
  draining.carried = kbps(360);
  EXPECT_THAT(rungs(draining, {demand}), ElementsAre(Optional(1U))) << "it raises none";
  demand.current = 3;
  EXPECT_THAT(rungs(draining, {demand}), ElementsAre(Optional(2U)));
  draining.carried = kbps(290);
  EXPECT_THAT(rungs(draining, {demand}), ElementsAre(Optional(1U)));
}

TEST(Allocation, TakesNobodysPicturesForMoreOfWhoKeepsALargerSize) {
  const std::vector<Rung> two = {{0, 0, kbps(60)}, {0, 1, kbps(95)}, {1, 0, kbps(200)}, {1, 1, kbps(310)}};
  Demand large = wants(two);
  large.current = 2;
  Demand small = wants(two);
  small.current = 1;
  EXPECT_THAT(rungs(known(470), {large, small, small}), ElementsAre(Optional(2U), Optional(1U), Optional(1U)));
}

TEST(Allocation, SaysWhatMoreWouldBeOfUse) {
  Share share;
  allocate(known(600, 50), std::vector{wants(kThree)}, share);
  EXPECT_EQ(share.wanted.next, kbps(50 + 1620));
  EXPECT_EQ(share.wanted.all, kbps(50 + 1680));
  allocate(known(5000), std::vector{wants(kThree)}, share);
  EXPECT_EQ(share.wanted.all, Bitrate(0));
}

TEST(Allocation, SaysThatMoreBesideOthersTakesRoomForTheirErrorToo) {
  const std::vector three{wants(kThree), wants(kThree), wants(kThree)};
  Share share;
  allocate(known(800), three, share);
  ASSERT_THAT(share.rungs, ElementsAre(Optional(0U), Optional(0U), Optional(0U)));
  EXPECT_EQ(share.wanted.next, kbps(300 + 540 + 36)) << "what the two others have, the step, and 12 % of the former";
  allocate(known(875), three, share);
  EXPECT_THAT(share.rungs, ElementsAre(Optional(0U), Optional(0U), Optional(0U)));
  allocate(known(876), three, share);
  EXPECT_THAT(share.rungs, ElementsAre(Optional(1U), Optional(0U), Optional(0U)));
}

// Not by what the last second happened to take.
TEST(Allocation, RaisesByTheHighestRateOfLateAndKeepsByThePresentOne) {
  const std::vector<Rung> rungs_of_late = {{0, 0, kbps(150)}, {1, 0, kbps(460), kbps(520)}};
  Demand demand = wants(rungs_of_late);
  demand.current = 0;
  EXPECT_THAT(rungs(known(560), {demand}), ElementsAre(Optional(0U)));
  EXPECT_THAT(rungs(known(590), {demand}), ElementsAre(Optional(1U)));
  demand.current = 1;
  EXPECT_THAT(rungs(known(470), {demand}), ElementsAre(Optional(1U)));
}

TEST(Allocation, SparesABaseThatIsHadWhileTheEstimateHasOnlyJustFallen) {
  const std::vector<Rung> one = {{0, 0, kbps(2500)}};
  Demand demand = wants(one);
  demand.current = 0;
  Budget fallen = known(600);
  fallen.is_lasting = false;
  EXPECT_THAT(rungs(fallen, {demand, wants(kThree)}), ElementsAre(Optional(0U), std::nullopt));
  EXPECT_THAT(rungs(known(600), {demand, wants(kThree)}), ElementsAre(std::nullopt, Optional(1U)));
}

TEST(Patience, BearsADipWhileWhatIsInUseGetsThrough) {
  Patience patience;
  for (const Duration at : {0ms, 1000ms, 5000ms})
    EXPECT_EQ(patience.apply(kNow + at, kbps(450), kbps(500), Patience::Evidence::kNone), kbps(500));
}

TEST(Patience, IsOverAfterASecondOfLossOrOfAQueue) {
  for (const auto evidence : {Patience::Evidence::kLoss, Patience::Evidence::kQueue}) {
    Patience patience;
    EXPECT_EQ(patience.apply(kNow, kbps(450), kbps(500), evidence), kbps(500));
    EXPECT_EQ(patience.apply(kNow + 999ms, kbps(450), kbps(500), evidence), kbps(500));
    EXPECT_EQ(patience.apply(kNow + 1s, kbps(450), kbps(500), evidence), kbps(450));
    EXPECT_EQ(patience.apply(kNow + 2s, kbps(600), kbps(500), evidence), kbps(600));
    EXPECT_FALSE(patience.is_over(kNow + 2s));
  }
}

// As somebody's search makes one.
TEST(Patience, BearsAMomentsQueueWhereTheDipHasStoodWithout) {
  Patience patience;
  for (const Duration at : {0ms, 500ms, 1500ms, 2200ms})
    EXPECT_EQ(patience.apply(kNow + at, kbps(450), kbps(500), Patience::Evidence::kNone), kbps(500));
  EXPECT_EQ(patience.apply(kNow + 2400ms, kbps(450), kbps(500), Patience::Evidence::kQueue), kbps(500));
  EXPECT_FALSE(patience.is_over(kNow + 2400ms));
  EXPECT_EQ(patience.apply(kNow + 3200ms, kbps(450), kbps(500), Patience::Evidence::kQueue), kbps(450));
}

TEST(Patience, HasNoneWhereTheQueueGrowsBeforeALinkThatHasChanged) {
  Patience patience;
  EXPECT_EQ(patience.apply(kNow, kbps(300), kbps(500), Patience::Evidence::kQueue), kbps(300));
}

TEST(Patience, BearsTheKeyFrameOfALayerThatWasRaised) {
  Patience patience;
  patience.bear_burst(kNow, kbps(600));
  const auto queue = Patience::Evidence::kQueue;
  EXPECT_EQ(patience.apply(kNow + 1s, kbps(300), kbps(500), queue), kbps(500));
  EXPECT_EQ(patience.apply(kNow + 1s, kbps(300), kbps(900), queue), kbps(600)) << "no more than was believed then";
  EXPECT_EQ(patience.apply(kNow + Patience::kBurst, kbps(300), kbps(500), queue), kbps(300));
}

}  // namespace
}  // namespace consomme::bwe
