#include "server/announcement.h"

namespace consomme::server {
namespace {

using ::testing::HasSubstr;

std::string warning(const std::vector<std::string>& announced, const Config& config = {}) {
  const auto found = announcement_warning(announced, config);
  return found ? *found : "error: " + found.error().text;
}

TEST(Announcement, OfPublicAddressesIsFine) {
  for (const char* address : {"203.0.113.7", "2001:db8::7", "172.32.0.1", "100.128.0.1", "11.0.0.1"})
    EXPECT_EQ(warning({"10.0.0.5", address}), "") << address;
}

TEST(Announcement, OfNothingIsRefused) {
  EXPECT_THAT(warning({}), HasSubstr("error: this host has no address"));
}

TEST(Announcement, OfLoopbackAloneIsForWhoListensThereAlone) {
  EXPECT_THAT(warning({"127.0.0.1"}), HasSubstr("only loopback"));
  Config local;
  local.host = "127.0.0.1";
  EXPECT_THAT(warning({"127.0.0.1"}, local), HasSubstr("only loopback")) << "a proxy's clients come from elsewhere";
  local.media_addresses = {"127.0.0.1"};
  EXPECT_EQ(warning({"127.0.0.1"}, local), "");
}

TEST(Announcement, OfPrivateAddressesAloneRemindsOfNat) {
  for (const char* address :
       {"10.0.0.5", "172.16.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "fe80::1"})
    EXPECT_THAT(warning({address, "127.0.0.1"}), HasSubstr("Behind NAT?")) << address;
}

}  // namespace
}  // namespace consomme::server
