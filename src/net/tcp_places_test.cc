#include "net/tcp_places.h"

namespace consomme::net {
namespace {

SocketAddress at(std::string_view ip, std::uint16_t port) {
  return {*IpAddress::parse(ip), port};
}

std::optional<SocketAddress> gives_way(const TcpPlaces& places, std::string_view newcomer) {
  const TcpPlaces::Room room = places.room_for(*IpAddress::parse(newcomer));
  EXPECT_TRUE(room.there);
  return room.instead_of;
}
bool is_full(const TcpPlaces& places, std::string_view newcomer) {
  return !places.room_for(*IpAddress::parse(newcomer)).there;
}

TEST(TcpPlaces, AreTakenFromTheOldestNewcomerWhenThereAreNoneLeft) {
  TcpPlaces places(3, 3);
  places.enter(at("192.0.2.9", 1));
  places.enter(at("192.0.2.1", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.5"), std::nullopt);
  places.enter(at("192.0.2.2", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.5"), at("192.0.2.9", 1));
  places.vouch(at("192.0.2.9", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.5"), at("192.0.2.1", 1));
  places.leave(at("192.0.2.1", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.5"), std::nullopt);
}

TEST(TcpPlaces, AreNotTakenFromWhoWasVouchedFor) {
  TcpPlaces places(2, 2);
  for (const auto& remote : {at("192.0.2.1", 1), at("192.0.2.2", 1)}) {
    places.enter(remote);
    places.vouch(remote);
    places.vouch(remote);  // again and again
  }
  EXPECT_TRUE(is_full(places, "192.0.2.3"));
  places.leave(at("192.0.2.1", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.3"), std::nullopt);
}

TEST(TcpPlaces, AreCountedForEachSiteWhichMakesRoomAmongItsOwn) {
  TcpPlaces places(100, 2);
  places.enter(at("192.0.2.7", 1));
  places.enter(at("192.0.2.1", 1));
  places.enter(at("192.0.2.1", 2));
  EXPECT_EQ(gives_way(places, "192.0.2.1"), at("192.0.2.1", 1));
  EXPECT_EQ(gives_way(places, "192.0.2.7"), std::nullopt);
  places.vouch(at("192.0.2.1", 1));
  places.vouch(at("192.0.2.1", 2));
  EXPECT_TRUE(is_full(places, "192.0.2.1"));
}

TEST(TcpPlaces, CountAnIpv6NetworkAsOneSite) {
  TcpPlaces places(100, 2);
  places.enter(at("2001:db8::1", 1));
  places.enter(at("2001:db8::ffff:1", 1));
  EXPECT_EQ(gives_way(places, "2001:db8::2"), at("2001:db8::1", 1));
  EXPECT_EQ(gives_way(places, "2001:db8:0:1::2"), std::nullopt);
}

}  // namespace
}  // namespace consomme::net
