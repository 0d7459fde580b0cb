#include "sfu/worker/timer_queue.h"

#include "base/rng.h"

namespace consomme::worker {
namespace {

constexpr Instant kStart{1'000s};

// Objects as the worker has them: named by a number, each with a deadline that moves.
class Sleepers {
 public:
  explicit Sleepers(std::size_t count) : wakes_(count), deadlines_(count, kNever) {}

  void set(int who, Instant at) {
    deadlines_[static_cast<std::size_t>(who)] = at;
    queue_.schedule(wakes_[static_cast<std::size_t>(who)], who, at);
  }
  // Who is really due, in the order in which they are told; their deadlines are then gone.
  std::vector<int> due(Instant now) {
    std::vector<int> woken;
    while (const auto due = queue_.pop(now)) {
      const auto who = static_cast<std::size_t>(due->handle);
      if (wakes_[who].queued != due->at) continue;
      wakes_[who].queued = kNever;
      if (deadlines_[who] <= now) {
        woken.push_back(due->handle);
        deadlines_[who] = kNever;
      }
      queue_.schedule(wakes_[who], due->handle, deadlines_[who]);
    }
    return woken;
  }
  Instant deadline_of(int who) const { return deadlines_[static_cast<std::size_t>(who)]; }
  const TimerQueue<int>& queue() const { return queue_; }

 private:
  TimerQueue<int> queue_;
  std::vector<Wake> wakes_;
  std::vector<Instant> deadlines_;
};

TEST(TimerQueue, WakesInTheOrderOfTime) {
  Sleepers sleepers(3);
  sleepers.set(0, kStart + 3s);
  sleepers.set(1, kStart + 1s);
  sleepers.set(2, kStart + 2s);
  EXPECT_EQ(sleepers.queue().deadline(), kStart + 1s);
  EXPECT_TRUE(sleepers.due(kStart).empty());
  EXPECT_EQ(sleepers.due(kStart + 2s), (std::vector{1, 2}));
  EXPECT_EQ(sleepers.due(kStart + 5s), std::vector{0});
  EXPECT_EQ(sleepers.queue().deadline(), kNever);
}

TEST(TimerQueue, TouchesNothingWhenADeadlineMovesLater) {
  Sleepers sleepers(1);
  sleepers.set(0, kStart + 1s);
  for (int i = 0; i < 1000; ++i) sleepers.set(0, kStart + 1s + i * 1ms);
  EXPECT_EQ(sleepers.queue().size(), 1U);
  EXPECT_TRUE(sleepers.due(kStart + 1s).empty());  // woken once too early
  EXPECT_EQ(sleepers.due(kStart + 1999ms), std::vector{0});
}

TEST(TimerQueue, WakesEarlierThanPlannedAndOnlyOnce) {
  Sleepers sleepers(1);
  sleepers.set(0, kStart + 10s);
  sleepers.set(0, kStart + 1s);
  EXPECT_EQ(sleepers.due(kStart + 1s), std::vector{0});
  EXPECT_TRUE(sleepers.due(kStart + 20s).empty());  // the entry that was overtaken says nothing
  EXPECT_EQ(sleepers.queue().size(), 0U);
}

TEST(TimerQueue, StaysSmallOverAnHourOfPacketsAndNeverOversleeps) {
  constexpr int kCount = 10;
  Sleepers sleepers(kCount);
  Rng rng(1);
  Instant now = kStart;
  for (int i = 0; i < 360'000; ++i) {
    now += 10ms;
    for (const int who : sleepers.due(now)) EXPECT_EQ(sleepers.deadline_of(who), kNever);
    const int who = static_cast<int>(rng.below(kCount));
    const Duration far = 1s + std::chrono::milliseconds(rng.below(500));  // a report
    sleepers.set(who, now + (rng.chance(0.5) ? Duration(20ms) : far));    // or a repair
    for (int other = 0; other < kCount; ++other) ASSERT_GE(sleepers.deadline_of(other), now);
    ASSERT_LE(sleepers.queue().deadline(), sleepers.deadline_of(who));
    ASSERT_LT(sleepers.queue().size(), 50U * kCount);
  }
}

}  // namespace
}  // namespace consomme::worker
