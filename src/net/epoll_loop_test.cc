#include "net/epoll_loop.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "net/clock.h"
#include "net/event_fd.h"

namespace consomme::net {
namespace {

constexpr Instant kNow{1000s};

TEST(Clock, StartsAtTheWallClockAndNeverStepsBack) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const Clock clock;
  Instant last = clock.now();
  EXPECT_LT(std::chrono::abs(last.time_since_epoch() - wall), 1s);
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(Clock, CopiesAgree) {
  const Clock clock;
  const Clock copy = clock;
  const Instant before = clock.now();
  const Instant between = copy.now();
  const Instant after = clock.now();
  EXPECT_LE(before, between);
  EXPECT_LE(between, after);
}

TEST(EpollLoop, SaysWhichDescriptorIsReady) {
  EpollLoop loop;
  EventFd quiet;
  EventFd loud;
  constexpr Token kLoud{.owner = 7, .item = 0xffff, .generation = 0xfffffffe};
  const Watch a(loop, quiet.fd(), {.owner = 1}, {.read = true});
  const Watch b(loop, loud.fd(), kLoud, {.read = true});
  loud.signal();
  const auto events = loop.wait(kNow, kNever);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].token, kLoud);
  EXPECT_TRUE(events[0].readable);
  EXPECT_FALSE(events[0].writable);
}

TEST(EpollLoop, ADeadlineInThePastOnlyLooks) {
  EpollLoop loop;
  EXPECT_TRUE(loop.wait(kNow, kNow).empty());
  EXPECT_TRUE(loop.wait(kNow, kNow - 1h).empty());
}

TEST(EpollLoop, WaitsUntilItsDeadlineAndNotLonger) {
  EpollLoop loop;
  const Clock clock;
  const Instant start = clock.now();
  EXPECT_TRUE(loop.wait(start, start + 300us).empty());
  EXPECT_GE(clock.now() - start, 300us);
}

TEST(EpollLoop, InterestMayChange) {
  EpollLoop loop;
  EventFd event;  // always writable
  Watch watch(loop, event.fd(), {}, {.read = true});
  EXPECT_TRUE(loop.wait(kNow, kNow).empty());
  watch.set({.read = true, .write = true});
  const auto events = loop.wait(kNow, kNow);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].writable);
  watch.set({});
  event.signal();
  EXPECT_TRUE(loop.wait(kNow, kNow).empty());
}

TEST(EpollLoop, AWatchEndsWithItsLife) {
  EpollLoop loop;
  EventFd event;
  event.signal();
  {
    Watch first(loop, event.fd(), {}, {.read = true});
    const Watch moved = std::move(first);
    EXPECT_FALSE(loop.wait(kNow, kNow).empty());
  }
  EXPECT_TRUE(loop.wait(kNow, kNow).empty());
}

TEST(EpollLoop, AWatchMayBeRefused) {
  EpollLoop loop;
  EventFd event;
  event.signal();
  const Fd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(Watch::try_make(loop, file.get(), {}, {.read = true})) << "no file can be watched";
  const auto watch = Watch::try_make(loop, event.fd(), {}, {.read = true});
  EXPECT_TRUE(watch.has_value());
  EXPECT_EQ(loop.wait(kNow, kNow).size(), 1u);
}

TEST(EpollLoop, AHangUpIsReadable) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const Fd ours(ends[0]);
  EpollLoop loop;
  const Watch watch(loop, ours.get(), {}, {.read = true});
  {
    const Fd theirs(ends[1]);
  }
  const auto events = loop.wait(kNow, kNow);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].readable);
}

}  // namespace
}  // namespace consomme::net
