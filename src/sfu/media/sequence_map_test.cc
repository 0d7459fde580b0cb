#include "sfu/media/sequence_map.h"

#include <set>

#include "base/rng.h"

namespace consomme::media {
namespace {

ExtSeqNo n(std::int64_t v) {
  return ExtSeqNo(v);
}

TEST(SequenceMap, BeginsWhereItIsToldAndKeepsTheGapsOfTheSource) {
  SequenceMap map(n(100));
  map.splice(n(5000));
  EXPECT_EQ(map.map(n(5000)), n(100));
  EXPECT_EQ(map.map(n(5003)), n(103));
  EXPECT_EQ(map.map(n(5001)), n(101));
}

TEST(SequenceMap, GoesOnWithoutAGapAfterASplice) {
  SequenceMap map(n(100));
  map.splice(n(5000));
  EXPECT_EQ(map.map(n(5000)), n(100));
  EXPECT_EQ(map.map(n(5002)), n(102));
  map.splice(n(70));
  EXPECT_EQ(map.map(n(70)), n(103));
  EXPECT_EQ(map.map(n(69)), std::nullopt) << "from before the splice";
  EXPECT_EQ(map.map(n(71)), n(104));
}

TEST(SequenceMap, ClosesUpOverWhatIsSkipped) {
  SequenceMap map(n(0));
  map.splice(n(10));
  EXPECT_EQ(map.map(n(10)), n(0));
  map.skip(n(11));
  map.skip(n(12));
  EXPECT_EQ(map.map(n(13)), n(1));
  map.skip(n(14));
  EXPECT_EQ(map.map(n(15)), n(2));
}

TEST(SequenceMap, PutsLatePacketsBeforeTheSkipWhereTheyBelong) {
  SequenceMap map(n(0));
  map.splice(n(10));
  EXPECT_EQ(map.map(n(10)), n(0));
  map.skip(n(12));
  EXPECT_EQ(map.map(n(13)), n(2));
  EXPECT_EQ(map.map(n(11)), n(1));
}

TEST(SequenceMap, SplicesBehindALatePacketToo) {
  SequenceMap map(n(0));
  map.splice(n(10));
  EXPECT_EQ(map.map(n(10)), n(0));
  map.skip(n(13));
  EXPECT_EQ(map.map(n(12)), n(2));
  map.splice(n(900));
  EXPECT_EQ(map.map(n(900)), n(3));
}

TEST(SequenceMap, SkipsNothingTooLate) {
  SequenceMap map(n(0));
  map.splice(n(10));
  EXPECT_EQ(map.map(n(10)), n(0));
  EXPECT_EQ(map.map(n(12)), n(2));
  EXPECT_FALSE(map.skip(n(11)));
  EXPECT_EQ(map.map(n(13)), n(3));
  EXPECT_EQ(map.map(n(11)), n(1)) << "which is its place for ever";
}

TEST(SequenceMap, RefusesWhatIsBehindMoreBreaksThanItRemembers) {
  SequenceMap map(n(0));
  map.splice(n(0));
  for (std::int64_t i = 0; i < 400; ++i) {
    if (i == 161 || i == 1) continue;  // these come late
    if (i % 2 == 0)
      map.skip(n(i));
    else
      EXPECT_TRUE(map.map(n(i)));
  }
  EXPECT_EQ(map.map(n(161)), n(80)) << "two seconds late, where each picture has a part that is left out";
  EXPECT_EQ(map.map(n(1)), std::nullopt);
}

TEST(SequenceMap, KnowsAStepThatIsNoLoss) {
  SequenceMap map(n(0));
  map.splice(n(10));
  (void)map.map(n(10));
  EXPECT_TRUE(map.continues(n(3010)));
  EXPECT_FALSE(map.continues(n(3011)));
  EXPECT_TRUE(map.continues(n(9)));
}

// A nonce of SRTP is made of this number: given twice, two packets would share one.
TEST(SequenceMap, NeverGivesANumberTwice) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    SequenceMap map(n(1000));
    std::set<ExtSeqNo> given;
    std::int64_t source = 100'000;
    std::set<std::int64_t> handled;
    map.splice(n(source));
    for (int i = 0; i < 2000; ++i) {
      if (rng.chance(0.01)) {
        source += 5000;
        map.splice(n(source));
      }
      const std::int64_t late = rng.chance(0.3) ? static_cast<std::int64_t>(rng.below(60)) : 0;
      const std::int64_t at = source - late;
      if (handled.insert(at).second && !(rng.chance(0.3) && map.skip(n(at)))) {
        if (const auto out = map.map(n(at))) {
          ASSERT_TRUE(given.insert(*out).second) << "seed " << seed << " source " << at;
        }
      }
      source += static_cast<std::int64_t>(rng.below(3));
    }
    ASSERT_GT(given.size(), 300U);
  }
}

}  // namespace
}  // namespace consomme::media
