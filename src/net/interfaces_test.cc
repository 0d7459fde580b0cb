#include "net/interfaces.h"

#include "net/socket_address.h"

namespace consomme::net {
namespace {

using ::testing::ElementsAre;

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

TEST(Interfaces, AnnouncesWhatIsUpAndRoutable) {
  EXPECT_THAT(announceable({{ip("2001:db8::1"), true},
                            {ip("127.0.0.1"), true},
                            {ip("::1"), true},
                            {ip("fe80::1"), true},
                            {ip("febf::1"), true},
                            {ip("169.254.1.1"), true},
                            {ip("10.0.0.9"), false},
                            {ip("10.0.0.1"), true},
                            {ip("10.0.0.1"), true},
                            {ip("fec0::1"), true}}),
              ElementsAre(ip("10.0.0.1"), ip("2001:db8::1"), ip("fec0::1")));
}

TEST(Interfaces, AnnouncesLoopbackOnlyWhenNothingElseIsLeft) {
  EXPECT_THAT(announceable({{ip("127.0.0.1"), true}, {ip("fe80::1"), true}}), ElementsAre(ip("127.0.0.1")));
  EXPECT_THAT(announceable({}), ElementsAre(ip("127.0.0.1")));
}

TEST(Interfaces, ThisHostHasAddressesThatCanBeBound) {
  const std::vector<IpAddress> found = host_addresses();
  ASSERT_FALSE(found.empty());
  for (const IpAddress& address : found) {
    EXPECT_FALSE(address.is_unspecified());
    const auto socket = open_socket(address, SOCK_DGRAM);
    ASSERT_TRUE(socket) << socket.error().text;
    const auto bound = bind_socket(*socket, {address, 0});
    EXPECT_TRUE(bound) << bound.error().text;
  }
}

}  // namespace
}  // namespace consomme::net
