#include "sfu/srtp/replay_window.h"

#include <set>

#include "base/rng.h"

namespace consomme::srtp {
namespace {

TEST(ReplayWindow, RemembersExactlyTheNewest1024) {
  Rng rng(7);
  std::uint64_t highest = 5000;
  ReplayWindow window(highest);
  std::set<std::uint64_t> seen{highest};
  for (int step = 0; step < 20000; ++step) {
    const std::uint64_t reach = rng.chance(0.01) ? 3000 : 40;
    const std::uint64_t index = highest + 20 + rng.below(reach) - std::min<std::uint64_t>(highest, rng.below(1100));
    const bool expected = index > highest || (highest - index < 1024 && !seen.contains(index));
    ASSERT_EQ(window.fresh(index), expected) << "index " << index << " highest " << highest;
    if (!expected) continue;
    window.accept(index);
    seen.insert(index);
    highest = std::max(highest, index);
    ASSERT_EQ(window.highest(), highest);
  }
}

TEST(ReplayWindow, TakesTheRolloverCounterThatIsNearest) {
  EXPECT_EQ(ReplayWindow(100).estimate(SeqNo(101)), 101);
  EXPECT_EQ(ReplayWindow(65530).estimate(SeqNo(2)), 65536 + 2);
  EXPECT_EQ(ReplayWindow(65536 + 2).estimate(SeqNo(65530)), 65530);
  EXPECT_EQ(ReplayWindow(5 * 65536 + 40000).estimate(SeqNo(7)), 6 * 65536 + 7);
  EXPECT_EQ(ReplayWindow(5 * 65536 + 20000).estimate(SeqNo(60000)), 4 * 65536 + 60000);
  EXPECT_EQ(ReplayWindow(3).estimate(SeqNo(65535)), -1) << "before the first rollover";
}

TEST(ReplayWindow, HalfACircleAwayStaysInTheSameRollover) {  // RFC 3711 appendix A compares with >
  EXPECT_EQ(ReplayWindow(65536 + 100).estimate(SeqNo(100 + 32768)), 65536 + 100 + 32768);
  EXPECT_EQ(ReplayWindow(65536 + 40000).estimate(SeqNo(40000 - 32768)), 65536 + 40000 - 32768);
}

}  // namespace
}  // namespace consomme::srtp
