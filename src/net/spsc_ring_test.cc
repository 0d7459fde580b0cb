#include "net/spsc_ring.h"

#include <poll.h>

#include <thread>

#include "net/doorbell.h"

namespace consomme::net {
namespace {

using Numbers = std::vector<std::uint64_t>;

Numbers drain(SpscRing<std::uint64_t>& ring) {
  Numbers drained;
  ring.drain([&](std::uint64_t n) { drained.push_back(n); });
  return drained;
}

TEST(SpscRing, KeepsTheOrder) {
  SpscRing<std::uint64_t> ring(8);
  EXPECT_TRUE(drain(ring).empty());
  EXPECT_EQ(ring.push(Numbers{1, 2}), 2U);
  EXPECT_EQ(ring.push(Numbers{3}), 1U);
  EXPECT_EQ(drain(ring), (Numbers{1, 2, 3}));
  EXPECT_TRUE(drain(ring).empty());
}

TEST(SpscRing, TakesTheFirstOnesOfWhatDoesNotFit) {
  SpscRing<std::uint64_t> ring(4);
  EXPECT_EQ(ring.push(Numbers{1, 2, 3}), 3U);
  EXPECT_EQ(ring.push(Numbers{4, 5, 6}), 1U);
  EXPECT_EQ(ring.push(Numbers{5}), 0U);
  EXPECT_EQ(drain(ring), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(ring.push(Numbers{5, 6}), 2U);
  EXPECT_EQ(drain(ring), (Numbers{5, 6}));
}

TEST(SpscRing, GoesRoundManyTimes) {
  SpscRing<std::uint64_t> ring(4);
  for (std::uint64_t n = 0; n < 100; n += 3) {
    ASSERT_EQ(ring.push(Numbers{n, n + 1, n + 2}), 3U);
    ASSERT_EQ(drain(ring), (Numbers{n, n + 1, n + 2}));
  }
}

// The reader sleeps whenever the bell is silent: one overlooked item, and it sleeps for good.
TEST(SpscRing, BringsAllOverToAThreadThatSleepsUntilTheBellRings) {
  constexpr std::uint64_t kItems = 200'000;
  SpscRing<std::uint64_t> ring(64);
  Doorbell bell;
  std::jthread writer([&](std::stop_token stop) {
    Numbers waiting;
    for (std::uint64_t next = 0; next < kItems && !stop.stop_requested();) {
      while (waiting.size() < 7 && next < kItems) waiting.push_back(next++);
      while (!waiting.empty() && !stop.stop_requested()) {
        const std::size_t pushed = ring.push(waiting);
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(pushed));
        if (pushed != 0)
          bell.ring();
        else
          std::this_thread::yield();
      }
    }
  });
  std::uint64_t expected = 0;
  bool in_order = true;
  while (expected < kItems && in_order) {
    pollfd waiting{bell.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 20'000), 1) << "after " << expected;
    bell.answer();
    ring.drain([&](std::uint64_t n) { in_order = in_order && n == expected++; });
  }
  EXPECT_TRUE(in_order);
  EXPECT_EQ(expected, kItems);
}

}  // namespace
}  // namespace consomme::net
