#include "server/connection_limiter.h"

namespace consomme::server {
namespace {

constexpr Instant kStart{1000s};

int admitted(ConnectionLimiter& limiter, const std::string& address, Instant now = kStart) {
  int count = 0;
  for (int i = 0; i < 100; ++i) count += limiter.admit(now, address) ? 1 : 0;
  return count;
}

TEST(ConnectionLimiter, HoldsEachAddressToItsBurstAndRate) {
  ConnectionLimiter limiter(10, 20);
  EXPECT_EQ(admitted(limiter, "192.0.2.1"), 20);
  EXPECT_EQ(admitted(limiter, "192.0.2.2"), 20);
  EXPECT_EQ(admitted(limiter, "192.0.2.1", kStart + 500ms), 5);
}

TEST(ConnectionLimiter, TakesAnIpv6NetworkOf64BitsForOneAddress) {
  ConnectionLimiter limiter(10, 20);
  EXPECT_EQ(admitted(limiter, "2001:db8:0:1::1"), 20);
  EXPECT_EQ(admitted(limiter, "2001:db8:0:1:ffff::2"), 0);
  EXPECT_EQ(admitted(limiter, "2001:db8:0:2::1"), 20);
}

TEST(ConnectionLimiter, LetsLoopbackThrough) {
  ConnectionLimiter limiter(1, 1);
  EXPECT_EQ(admitted(limiter, "127.0.0.1"), 100);
  EXPECT_EQ(admitted(limiter, "::1"), 100);
  EXPECT_EQ(limiter.addresses(), 0u);
}

TEST(ConnectionLimiter, RemembersABoundedNumberOfAddresses) {
  ConnectionLimiter limiter(1, 2);
  const auto address = [](std::size_t i) {
    return "10." + std::to_string(i >> 16) + "." + std::to_string((i >> 8) & 255) + "." + std::to_string(i & 255);
  };
  for (std::size_t i = 0; i < kMaxLimitedAddresses - 1; ++i) limiter.admit(kStart, address(i));
  EXPECT_EQ(admitted(limiter, "192.0.2.1", kStart + 1s), 2);
  limiter.admit(kStart + 1s, "192.0.2.2");  // what is full again makes place
  EXPECT_EQ(limiter.addresses(), 2u);
  EXPECT_EQ(admitted(limiter, "192.0.2.1", kStart + 1s), 0);
}

}  // namespace
}  // namespace consomme::server
