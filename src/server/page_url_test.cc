#include "server/page_url.h"

#include <gtest/gtest.h>

namespace consomme::server {
namespace {

TEST(PageUrl, IsLocalhostWhereTheServerListensEverywhere) {
  EXPECT_EQ(page_url("0.0.0.0", 8080), "http://localhost:8080/");
  EXPECT_EQ(page_url("::", 8080), "http://localhost:8080/");
}

TEST(PageUrl, IsTheOneAddressWhereItListensThere) {
  EXPECT_EQ(page_url("192.0.2.1", 80), "http://192.0.2.1:80/");
  EXPECT_EQ(page_url("2001:db8::1", 8080), "http://[2001:db8::1]:8080/");
  EXPECT_EQ(page_url("localhost", 8080), "http://localhost:8080/");
}

}  // namespace
}  // namespace consomme::server
