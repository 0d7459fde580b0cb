#include "server/origin.h"

namespace consomme::server {
namespace {

TEST(Origin, IsWrittenAsBrowsersSendIt) {
  const std::pair<const char*, const char*> kPairs[] = {
      {"*", "*"},
      {"https://example.org", "https://example.org"},
      {"HTTPS://App.Example.ORG:443", "https://app.example.org"},
      {"http://example.org:80", "http://example.org"},
      {"http://example.org:443", "http://example.org:443"},
      {"https://example.org:08443", "https://example.org:8443"},
      {"http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"},
      {"https://[::1]", "https://[::1]"},
      {"capacitor://localhost", "capacitor://localhost"},
  };
  for (const auto& [written, normal] : kPairs) EXPECT_EQ(normal_origin(written), normal) << written;
}

TEST(Origin, ThatNoBrowserSendsIsNone) {
  for (const char* text :
       {"", "example.org", "https://", "://example.org", "https://example.org/", "https://example.org/path",
        "https://a@example.org", "https://*.example.org", "https://example.org:", "https://example.org:0",
        "https://example.org:65536", "https://example.org:8x", "https://exa mple.org", "https://2001:db8::1",
        "https://[::g]", "https://bücher.example", "https://a.example,https://b.example"})
    EXPECT_EQ(normal_origin(text), std::nullopt) << text;
}

}  // namespace
}  // namespace consomme::server
