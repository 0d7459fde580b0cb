#include "sfu/runtime/listen_addresses.h"

namespace consomme::sfu {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

const std::vector<IpAddress> kHost = {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("198.51.100.7"),
                                      *IpAddress::parse("2001:db8::7")};

// "ip" or "ip=announced".
Texts listened_on(const std::vector<ListenAddress>& configured, const std::vector<IpAddress>& host = kHost) {
  const auto all = listen_addresses(configured, host);
  if (!all) return {all.error().text};
  Texts texts;
  for (const ListenOn& one : *all)
    texts.push_back(one.ip.to_string() + (one.announced.empty() ? "" : "=" + one.announced));
  return texts;
}

TEST(ListenAddresses, AreAllOfTheHostsInTheFamilyOfAnUnspecifiedOne) {
  EXPECT_EQ(listened_on({{"0.0.0.0", ""}}), (Texts{"192.0.2.1", "198.51.100.7"}));
  EXPECT_EQ(listened_on({{"::", ""}}), Texts{"2001:db8::7"});
  EXPECT_EQ(listened_on({{"::", ""}, {"0.0.0.0", ""}}), (Texts{"2001:db8::7", "192.0.2.1", "198.51.100.7"}));
}

TEST(ListenAddresses, AreTakenAsTheyAreWhereTheyAreNamed) {
  EXPECT_EQ(listened_on({{"127.0.0.1", ""}, {"192.0.2.1", "203.0.113.5"}}),
            (Texts{"127.0.0.1", "192.0.2.1=203.0.113.5"}));
  EXPECT_EQ(listened_on({{"192.0.2.1", "203.0.113.5"}, {"0.0.0.0", ""}}),
            (Texts{"192.0.2.1=203.0.113.5", "198.51.100.7"}))
      << "once each";
}

TEST(ListenAddresses, StayUnspecifiedWhereAnotherIsAnnounced) {
  EXPECT_EQ(listened_on({{"0.0.0.0", "203.0.113.5"}}), Texts{"0.0.0.0=203.0.113.5"});
}

TEST(ListenAddresses, NeedAnAddressOfThatFamilyAndNotTooMany) {
  EXPECT_THAT(listened_on({{"::", ""}}, {kHost[0]}).front(), HasSubstr("no address of the family"));
  EXPECT_EQ(listened_on({{"0.0.0.0", ""}, {"::", ""}}, {kHost[0]}), Texts{"192.0.2.1"});
  std::vector<IpAddress> many;
  for (std::uint32_t i = 0; i < 32; ++i) many.push_back(IpAddress::v4(0x0a000001 + i));
  EXPECT_EQ(listened_on({{"0.0.0.0", ""}}, many).size(), 32U);
  many.push_back(IpAddress::v4(0x0b000001));
  EXPECT_THAT(listened_on({{"0.0.0.0", ""}}, many).front(), HasSubstr("more than 32 addresses"));
}

}  // namespace
}  // namespace consomme::sfu
