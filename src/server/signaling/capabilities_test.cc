#include "server/signaling/capabilities.h"

namespace consomme::server {
namespace {

ortc::RtpCapabilities with_codec(std::string mime_type) {
  ortc::RtpCapabilities capabilities;
  capabilities.codecs.emplace_back().mime_type = std::move(mime_type);
  return capabilities;
}

TEST(SharedCapabilities, AreKeptOnceForAllWhoSayTheSame) {
  SharedCapabilities shared;
  const auto first = shared.share(with_codec("video/VP8"));
  EXPECT_EQ(shared.share(with_codec("video/VP8")), first);
  EXPECT_NE(shared.share(with_codec("video/VP9")), first);
  EXPECT_EQ(*first, with_codec("video/VP8"));
}

TEST(SharedCapabilities, GoWithTheLastWhoSaidThem) {
  SharedCapabilities shared;
  std::weak_ptr<const ortc::RtpCapabilities> gone = shared.share(with_codec("video/VP8"));
  EXPECT_TRUE(gone.expired());
}

TEST(SharedCapabilities, OfMoreKindsThanAreRememberedAreRightAllTheSame) {
  SharedCapabilities shared;
  std::vector<std::shared_ptr<const ortc::RtpCapabilities>> kept;
  for (int i = 0; i < 100; ++i) kept.push_back(shared.share(with_codec("video/X" + std::to_string(i))));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(*kept[static_cast<std::size_t>(i)], with_codec("video/X" + std::to_string(i)));
  EXPECT_EQ(*shared.share(with_codec("video/X0")), *kept[0]);
}

}  // namespace
}  // namespace consomme::server
