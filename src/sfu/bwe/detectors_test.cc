// What looks at arrivals: groups of packets, the slope of their delay, and queues that stand.
#include "sfu/bwe/arrival_groups.h"
#include "sfu/bwe/standing_queue.h"
#include "sfu/bwe/trendline.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr Instant kFar{5'000'000s};  // the receiver's clock is another

TEST(ArrivalGroups, TakeABurstAsOne) {
  ArrivalGroups groups;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(groups.add(kStart + i * 1ms, kFar + i * 2ms));
  EXPECT_FALSE(groups.add(kStart + 30ms, kFar + 40ms));  // the second begins; there is no earlier one to compare with
  const auto delta = groups.add(kStart + 60ms, kFar + 75ms);
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent, 28ms);
  EXPECT_EQ(delta->arrived, 36ms);
}

TEST(ArrivalGroups, TakeTogetherWhatWasHeldUpAndLetGoAtOnce) {
  ArrivalGroups groups;
  groups.add(kStart, kFar + 50ms);
  EXPECT_FALSE(groups.add(kStart + 20ms, kFar + 51ms));
  EXPECT_FALSE(groups.add(kStart + 40ms, kFar + 52ms));
  EXPECT_FALSE(groups.add(kStart + 60ms, kFar + 80ms));
  const auto delta = groups.add(kStart + 90ms, kFar + 110ms);
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent, 20ms);
}

TEST(ArrivalGroups, IgnoreWhatIsReorderedAndBeginAnewWhenTheClockWasSet) {
  ArrivalGroups groups;
  groups.add(kStart, kFar);
  groups.add(kStart + 30ms, kFar + 30ms);
  EXPECT_FALSE(groups.add(kStart + 10ms, kFar + 60ms));
  EXPECT_FALSE(groups.add(kStart + 60ms, kFar - 1000s));
  EXPECT_FALSE(groups.add(kStart + 90ms, kFar - 1000s + 30ms));
  EXPECT_TRUE(groups.add(kStart + 120ms, kFar - 1000s + 60ms));
}

// Groups sent every 30 ms, each of which takes `later` longer than the one before.
Usage after(Trendline& trendline, int groups, Duration later, Instant& at) {
  Usage usage = trendline.usage();
  for (int i = 0; i < groups; ++i) {
    at += 30ms + later;
    usage = trendline.update({.sent = 30ms, .arrived = 30ms + later, .arrival = at});
    if (usage == Usage::kOver && later > 0ms) break;
  }
  return usage;
}

TEST(Trendline, IsQuietOnASteadyLink) {
  Trendline trendline;
  Instant at = kFar;
  EXPECT_EQ(after(trendline, 1000, 0ms, at), Usage::kNormal);
}

TEST(Trendline, NoticesAQueueThatGrowsAndOneThatDrains) {
  Trendline trendline;
  Instant at = kFar;
  after(trendline, 100, 0ms, at);
  EXPECT_EQ(after(trendline, 20, 5ms, at), Usage::kOver);
  EXPECT_EQ(after(trendline, 60, -5ms, at), Usage::kUnder);
  EXPECT_EQ(after(trendline, 100, 0ms, at), Usage::kNormal);
}

TEST(Trendline, ForgetsWhatAProbeDid) {
  Trendline trendline;
  Instant at = kFar;
  after(trendline, 100, 0ms, at);
  ASSERT_EQ(after(trendline, 20, 5ms, at), Usage::kOver);
  trendline.restart();
  EXPECT_EQ(trendline.usage(), Usage::kNormal);
  EXPECT_EQ(after(trendline, 100, 0ms, at), Usage::kNormal);
}

TEST(StandingQueue, IsNoticedWhenItStaysLong) {
  StandingQueue queue;
  Instant now = kStart;
  EXPECT_FALSE(queue.update(now, 200ms, 250ms, true));
  EXPECT_FALSE(queue.update(now += 199ms, 200ms, 250ms, true));
  EXPECT_TRUE(queue.update(now += 1ms, 200ms, 250ms, true));
  EXPECT_FALSE(queue.update(now += 100ms, 200ms, 250ms, true));  // the lower rate has yet to show
  EXPECT_TRUE(queue.update(now += 700ms, 120ms, 170ms, true));
}

TEST(StandingQueue, IsLeftToOthersWhenSendingLessDoesNotShortenIt) {
  StandingQueue queue;
  int verdicts = 0;
  for (Instant now = kStart; now < kStart + 12s; now += 100ms)
    if (queue.update(now, 300ms, 350ms, true)) ++verdicts;
  EXPECT_GE(verdicts, 3);
  EXPECT_LE(verdicts, 6);
  EXPECT_TRUE(queue.is_anothers(kStart + 12s));
}

TEST(StandingQueue, IsOursAgainAsSoonAsItIsGone) {
  StandingQueue queue;
  Instant now = kStart;
  while (!queue.is_anothers(now)) queue.update(now += 100ms, 300ms, 350ms, true);
  queue.update(now += 100ms, 10ms, 60ms, true);
  EXPECT_FALSE(queue.is_anothers(now));
}

TEST(StandingQueue, MayBeAnothersUntilItHasBeenEmpty) {
  StandingQueue queue;
  Instant now = kStart;
  EXPECT_FALSE(queue.may_be_anothers());
  while (!queue.is_anothers(now)) queue.update(now += 100ms, 300ms, 350ms, true);
  EXPECT_TRUE(queue.may_be_anothers());
  now += StandingQueue::kTruce;
  queue.update(now, 30ms, 80ms, true);
  EXPECT_TRUE(queue.may_be_anothers());
  queue.update(now += 100ms, 10ms, 60ms, true);
  EXPECT_FALSE(queue.may_be_anothers());
}

// As beside a download: grows for two seconds, and falls when that halves its window.
Duration sawtooth(Instant now, Duration least, Duration most) {
  const Duration phase = (now - kStart) % 2s;
  return least + (most - least) * (phase / 1ms) / 2000;
}

TEST(StandingQueue, IsLeftToOthersWhenTheyShortenItThemselvesButItIsNeverEmpty) {
  StandingQueue queue;
  for (Instant now = kStart; now < kStart + 8s; now += 100ms) queue.update(now, sawtooth(now, 25ms, 95ms), 100ms, true);
  EXPECT_TRUE(queue.is_anothers(kStart + 8s));
}

TEST(StandingQueue, IsOursWhenItIsEmptyNowAndThen) {
  StandingQueue queue;
  for (Instant now = kStart; now < kStart + 60s; now += 100ms) {
    queue.update(now, sawtooth(now, 5ms, 95ms), 100ms, true);
    ASSERT_FALSE(queue.is_anothers(now));
  }
}

TEST(StandingQueue, IsNotLeftToOthersOnAccountOfASourceThatDoesNotSendLessYet) {
  StandingQueue queue;
  for (Instant now = kStart; now < kStart + 60s; now += 100ms) {
    queue.update(now, sawtooth(now, 25ms, 95ms), 100ms, false);
    ASSERT_FALSE(queue.is_anothers(now));
  }
}

TEST(StandingQueue, IsOursAgainWhenItRunsAwayAsSoonAsWeDoNotGiveWay) {
  StandingQueue queue;
  Instant now = kStart;
  while (!queue.is_anothers(now)) queue.update(now += 100ms, 100ms, 150ms, true);
  queue.update(now += 500ms, 150ms, 200ms, true);
  EXPECT_TRUE(queue.is_anothers(now));
  queue.update(now += 500ms, 190ms, 240ms, true);
  EXPECT_FALSE(queue.is_anothers(now));
}

TEST(StandingQueue, IsTriedAgainByOneVerdictAfterATruce) {
  StandingQueue queue;
  Instant now = kStart;
  while (!queue.is_anothers(now)) queue.update(now += 100ms, 300ms, 350ms, true);
  const Instant truce_ends = now + StandingQueue::kTruce;
  for (now += 100ms; now < truce_ends; now += 100ms) EXPECT_FALSE(queue.update(now, 300ms, 350ms, true));
  int verdicts = 0;
  for (; !queue.is_anothers(now); now += 100ms)
    if (queue.update(now, 300ms, 350ms, true)) ++verdicts;
  EXPECT_EQ(verdicts, 1);
}

}  // namespace
}  // namespace consomme::bwe
