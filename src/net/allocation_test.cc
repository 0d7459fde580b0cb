// Once warm, sending and receiving over UDP allocates nothing. The operators are weak: a sanitizer that brings its own
// keeps them, and the test then has nothing to count with.
#include <cstdlib>
#include <new>

#include "net/clock.h"
#include "net/udp_socket.h"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

[[gnu::noinline, gnu::weak]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline, gnu::weak]] void* operator new[](std::size_t size) {
  return ::operator new(size);
}
[[gnu::noinline, gnu::weak]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline, gnu::weak]] void operator delete[](void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline, gnu::weak]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline, gnu::weak]] void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace consomme::net {
namespace {

TEST(UdpSocket, AllocatesNothingInSteadyState) {
  if (allocations == 0) GTEST_SKIP() << "a sanitizer has its own operator new";
  constexpr IpAddress kLoopback = IpAddress::v4(0x7f000001);
  auto sender = UdpSocket::open({.ip = kLoopback});
  auto receiver = UdpSocket::open({.ip = kLoopback});
  ASSERT_TRUE(sender && receiver);
  EpollLoop loop;
  const Watch watch(loop, receiver->fd(), {}, {.read = true});
  const Clock clock;
  SendBatch batch;
  const std::vector<std::uint8_t> bytes(1200);
  constexpr std::size_t kDatagrams = 200;

  const auto round = [&] {
    batch.clear();
    for (std::size_t i = 0; i < kDatagrams; ++i)
      batch.append({.remote = receiver->local()}, ByteView(bytes).first(i % 3 == 0 ? 160 : 1200));
    sender->send(batch);
    std::size_t got = 0;
    while (got < kDatagrams) {
      const Instant now = clock.now();
      if (loop.wait(now, now + 2s).empty()) break;
      got += receiver->receive().datagrams.size();
    }
    return got;
  };

  ASSERT_EQ(round(), kDatagrams);
  const std::size_t before = allocations;
  for (int i = 0; i < 10; ++i) ASSERT_EQ(round(), kDatagrams);
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace consomme::net
