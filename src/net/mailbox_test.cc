#include "net/mailbox.h"

#include <thread>

#include "net/clock.h"
#include "net/epoll_loop.h"

namespace consomme::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool readable(int fd) {
  EpollLoop loop;
  const Watch watch(loop, fd, {}, {.read = true});
  return !loop.wait(Instant(1s), Instant(1s)).empty();
}

TEST(Mailbox, HandsOverAllThatWaitsInOrder) {
  Mailbox<int> mailbox(8);
  for (int i : {1, 2, 3}) EXPECT_TRUE(mailbox.push(std::move(i)));
  std::vector<int> out = {99};
  mailbox.drain(out);
  EXPECT_THAT(out, ElementsAre(1, 2, 3));
  mailbox.drain(out);
  EXPECT_THAT(out, IsEmpty());
}

TEST(Mailbox, RefusesWhenFullAndLeavesTheItemWithItsOwner) {
  Mailbox<std::unique_ptr<int>> mailbox(1);
  EXPECT_TRUE(mailbox.push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(mailbox.push(std::move(second)));
  ASSERT_NE(second, nullptr);
  std::vector<std::unique_ptr<int>> out;
  mailbox.drain(out);
  EXPECT_TRUE(mailbox.push(std::move(second)));
}

TEST(Mailbox, IsReadableExactlyWhileSomethingWaits) {
  Mailbox<int> mailbox(8);
  EXPECT_FALSE(readable(mailbox.fd()));
  mailbox.push(1);
  mailbox.push(2);
  EXPECT_TRUE(readable(mailbox.fd()));
  std::vector<int> out;
  mailbox.drain(out);
  EXPECT_FALSE(readable(mailbox.fd()));
  mailbox.push(3);
  EXPECT_TRUE(readable(mailbox.fd()));
}

TEST(Mailbox, LosesNothingAndNoWakeUpBetweenThreads) {
  constexpr int kProducers = 2;
  constexpr int kItems = 20'000;
  Mailbox<std::pair<int, int>> mailbox(64);  // small, so that it is full and empty often
  std::vector<std::jthread> producers;
  for (int producer = 0; producer < kProducers; ++producer)
    producers.emplace_back([&mailbox, producer] {
      for (int i = 0; i < kItems;)
        if (mailbox.push({producer, i}))
          ++i;
        else
          std::this_thread::yield();
    });

  EpollLoop loop;
  const Watch watch(loop, mailbox.fd(), {}, {.read = true});
  const Clock clock;
  std::vector<std::pair<int, int>> out;
  int next[kProducers] = {};
  int total = 0;
  while (total < kProducers * kItems) {
    const Instant now = clock.now();
    ASSERT_FALSE(loop.wait(now, now + 10s).empty()) << "a wake-up was lost after " << total;
    mailbox.drain(out);
    for (const auto& [producer, i] : out) ASSERT_EQ(i, next[producer]++);
    total += static_cast<int>(out.size());
  }
}

}  // namespace
}  // namespace consomme::net
