#include "sfu/bwe/repair_budget.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr std::size_t kPacket = 1000;

// Of packets that are asked for every 10 ms, how many are sent again in `span`.
int sent_again(Bitrate estimate, Duration span) {
  RepairBudget budget;
  int count = 0;
  for (Duration at{}; at < span; at += 10ms) {
    if (budget.left(kStart + at, estimate) <= 0) continue;
    budget.spend(kPacket);
    ++count;
  }
  return count;
}

TEST(RepairBudget, LetsHalfOfWhatTheLinkCarriesBeSentAgain) {
  const int in_first = sent_again(kbps(400), 5s);
  const int in_both = sent_again(kbps(400), 15s);
  EXPECT_NEAR(in_both - in_first, 250, 2);  // 2 Mbit in ten seconds
}

TEST(RepairBudget, LetsALossOfAMomentBeRepairedAtOnce) {
  RepairBudget budget;
  int count = 0;
  for (; budget.left(kStart, kbps(1000)) > 0; ++count) budget.spend(kPacket);
  EXPECT_EQ(count, 13);  // 200 ms of half of it
}

TEST(RepairBudget, OwesNothingForWhatTheLinkNoLongerCarries) {
  RepairBudget budget;
  budget.left(kStart, kbps(10'000));
  EXPECT_EQ(budget.left(kStart + 1ms, kbps(400)), 5000);
}

}  // namespace
}  // namespace consomme::bwe
