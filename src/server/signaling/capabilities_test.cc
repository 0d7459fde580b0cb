#include "server/signaling/capabilities.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "server/signaling/fields.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

bj::value with_codec(int payload_type) {
  const bj::object codec{
      {"kind", "video"}, {"mimeType", "video/VP8"}, {"clockRate", 90000}, {"preferredPayloadType", payload_type}};
  return bj::object{{"codecs", bj::array{codec}}, {"headerExtensions", bj::array{}}};
}

TEST(SharedCapabilities, AreKeptOnceForAllWhoSayTheSame) {
  SharedCapabilities shared;
  const auto first = shared.read(with_codec(96));
  ASSERT_TRUE(first);
  EXPECT_EQ(shared.read(with_codec(96)).value(), *first);
  EXPECT_NE(shared.read(with_codec(97)).value(), *first);
  EXPECT_EQ((*first)->codecs.at(0).mime_type, "video/VP8");
}

// The media plane relies on it, and judges nothing again.
TEST(SharedCapabilities, AreJudgedAndCompleted) {
  SharedCapabilities shared;
  bj::value said = with_codec(0);
  bj::object& codec = said.at("codecs").at(0).as_object();
  codec["kind"] = "audio";
  codec["mimeType"] = "audio/PCMU";
  codec["clockRate"] = 8000;
  EXPECT_EQ(shared.read(said).value()->codecs.at(0).channels, 1);
  codec["clockRate"] = 0;
  EXPECT_THAT(shared.read(said).error().text, ::testing::HasSubstr("rtpCapabilities.codecs[0].clockRate"));
}

TEST(SharedCapabilities, GoWithTheLastWhoSaidThem) {
  SharedCapabilities shared;
  const std::weak_ptr<const ortc::RtpCapabilities> gone = shared.read(with_codec(96)).value();
  EXPECT_TRUE(gone.expired());
  EXPECT_TRUE(shared.read(with_codec(96)));
}

TEST(SharedCapabilities, OfMoreKindsThanAreRememberedAreRightAllTheSame) {
  SharedCapabilities shared;
  std::vector<CapabilitiesPtr> kept;
  for (int i = 0; i < 100; ++i) kept.push_back(shared.read(with_codec(i)).value());
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(kept[static_cast<std::size_t>(i)]->codecs.at(0).preferred_payload_type,
              PayloadType(static_cast<std::uint8_t>(i)));
  EXPECT_EQ(*shared.read(with_codec(0)).value(), *kept[0]);
}

TEST(SharedCapabilities, StayKeptWhileTheyAreSaidBetweenOthers) {
  SharedCapabilities shared;
  std::vector<CapabilitiesPtr> kept = {shared.read(with_codec(0)).value()};
  for (int i = 1; i < 100; ++i) {
    kept.push_back(shared.read(with_codec(i)).value());
    EXPECT_EQ(shared.read(with_codec(0)).value(), kept[0]);
  }
}

TEST(SharedCapabilities, ThatAreWrongAreRefusedEachTime) {
  SharedCapabilities shared;
  const bj::value wrong = bj::object{{"codecs", 7}};
  const auto refused = shared.read(wrong);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, ::testing::HasSubstr("rtpCapabilities.codecs"));
  EXPECT_FALSE(shared.read(wrong));
}

TEST(SharedCapabilities, AreTheSameWhetherTheyArriveAsTextOrAsValues) {
  SharedCapabilities shared;
  const bj::value text = bj::object{{kVerbatimKey, bj::serialize(with_codec(96))}};
  const auto first = shared.read(text);
  ASSERT_TRUE(first);
  EXPECT_EQ(shared.read(text).value(), *first);
  EXPECT_EQ(shared.read(with_codec(96)).value(), *first);
  const auto wrong = shared.read(bj::object{{kVerbatimKey, R"({"codecs":7})"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text, ::testing::HasSubstr("rtpCapabilities.codecs"));
}

TEST(SharedCapabilities, FullOfOtherThingsAreReadAndNotRemembered) {
  SharedCapabilities shared;
  bj::value said = with_codec(96);
  said.as_object()["ballast"] = bj::array(10'000, bj::value(0));
  const auto first = shared.read(said);
  ASSERT_TRUE(first);
  EXPECT_NE(shared.read(said).value(), *first);
  EXPECT_EQ(*shared.read(said).value(), **first);
}

}  // namespace
}  // namespace consomme::server
