#include "socketio/open_connections.h"

namespace consomme::socketio {
namespace {

using Places = std::vector<OpenConnections::Place>;

std::size_t admitted(OpenConnections& open, const char* address, Places& places) {
  const std::size_t before = places.size();
  for (int i = 0; i < 10; ++i)
    if (auto place = open.admit(*IpAddress::parse(address))) places.push_back(std::move(*place));
  return places.size() - before;
}

TEST(OpenConnections, HoldsEachAddressToItsLimitUntilItClosesSome) {
  OpenConnections open(3);
  Places first;
  Places second;
  EXPECT_EQ(admitted(open, "192.0.2.1", first), 3u);
  EXPECT_EQ(admitted(open, "192.0.2.2", second), 3u);
  first.pop_back();
  EXPECT_EQ(admitted(open, "192.0.2.1", first), 1u);
}

TEST(OpenConnections, TakesAnIpv6NetworkOf64BitsForOneAddress) {
  OpenConnections open(3);
  Places places;
  EXPECT_EQ(admitted(open, "2001:db8:0:1::1", places), 3u);
  EXPECT_EQ(admitted(open, "2001:db8:0:1:ffff::2", places), 0u);
  EXPECT_EQ(admitted(open, "2001:db8:0:2::1", places), 3u);
}

TEST(OpenConnections, LetsLoopbackThrough) {
  OpenConnections open(3);
  Places places;
  EXPECT_EQ(admitted(open, "127.0.0.1", places), 10u);
  EXPECT_EQ(admitted(open, "::1", places), 10u);
}

TEST(OpenConnections, ForgetsAnAddressWithItsLastConnection) {
  OpenConnections open(3);
  {
    Places places;
    admitted(open, "192.0.2.1", places);
    EXPECT_EQ(open.addresses(), 1u);
  }
  EXPECT_EQ(open.addresses(), 0u);
}

}  // namespace
}  // namespace consomme::socketio
