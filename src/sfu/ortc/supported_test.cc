#include "sfu/ortc/supported.h"

#include "sfu/ortc/negotiate.h"

namespace consomme::ortc {
namespace {

TEST(Supported, HeaderExtensionsAreFoundByUri) {
  for (const SupportedExtension& row : kSupportedExtensions) EXPECT_EQ(extension_of(row.uri), row.extension);
  EXPECT_EQ(extension_of("urn:example"), std::nullopt);
}

TEST(Supported, HeaderExtensionsFitTheOneByteForm) {
  for (const SupportedExtension& row : kSupportedExtensions) EXPECT_LE(row.id.value(), 14);  // RFC 8285 §4.2
}

TEST(MediaCodec, IsReadFromItsName) {
  EXPECT_EQ(parse_media_codec("opus")->mime_type, "audio/opus");
  EXPECT_EQ(parse_media_codec("vp8")->mime_type, "video/VP8");
  EXPECT_EQ(parse_media_codec("audio/opus/48000/2")->channels, 2);
  EXPECT_EQ(parse_media_codec("audio/multiopus/48000/6")->parameters.integer("num_streams"), 4);
  EXPECT_EQ(parse_media_codec("CN/16000")->clock_rate, 16000u);
}

TEST(MediaCodec, TakesParameters) {
  const auto codec = parse_media_codec("video/H264;packetization-mode=1;profile-level-id=4d0032");
  ASSERT_TRUE(codec);
  EXPECT_EQ(codec->parameters.integer("packetization-mode"), 1);
  EXPECT_EQ(*codec->parameters.find("profile-level-id"), ParameterValue("4d0032"));
  EXPECT_EQ(codec->parameters.integer("level-asymmetry-allowed"), 1);
}

TEST(MediaCodec, KeepsTextsOfDigitsAsTexts) {
  for (const char* id : {"640032", "420014", "588020"}) {
    const auto codec = parse_media_codec(std::string("H264;profile-level-id=").append(id));
    ASSERT_TRUE(codec) << id;
    EXPECT_EQ(*codec->parameters.find("profile-level-id"), ParameterValue(id));
  }
  EXPECT_EQ(parse_media_codec("VP9;profile-id=2")->parameters.integer("profile-id"), 2);
}

TEST(MediaCodec, RefusesAnH264ProfileThatNoClientHas) {
  for (const std::string_view text : {"H264;profile-level-id=ffffff", "H264;profile-level-id=640099",
                                      "video/h264;profile-level-id=42e0", "H264;profile-level-id=high"}) {
    const auto codec = parse_media_codec(text);
    ASSERT_FALSE(codec) << text;
    EXPECT_EQ(codec.error().code, ErrorCode::kUnsupported) << text;
    EXPECT_NE(codec.error().text.find("profile-level-id"), std::string::npos) << text;
  }
  EXPECT_TRUE(parse_media_codec("H264")) << "Constrained Baseline 3.1";
}

TEST(MediaCodec, SaysWhatIsWrongWithIt) {
  for (const std::string_view text :
       {"", "H265", "video/opus", "opus/8000", "opus/48000/3", "opus/48000/2/1", "text/VP8"}) {
    const auto codec = parse_media_codec(text);
    ASSERT_FALSE(codec) << text;
    EXPECT_EQ(codec.error().code, ErrorCode::kUnsupported) << text;
  }
  for (const std::string_view text : {"VP9;profile-id", "VP9;=2", "VP9;profile-id="}) {
    const auto codec = parse_media_codec(text);
    ASSERT_FALSE(codec) << text;
    EXPECT_EQ(codec.error().code, ErrorCode::kInvalid) << text;
  }
}

std::vector<RtpCodecCapability> codecs(const auto& texts) {
  std::vector<RtpCodecCapability> list;
  for (const std::string_view text : texts) list.push_back(parse_media_codec(text).value());
  return list;
}

TEST(Router, GivesEveryVideoCodecAnRtxCodecBehindIt) {
  const RtpCapabilities router = router_capabilities(codecs(kDefaultMediaCodecs)).value();
  ASSERT_EQ(router.codecs.size(), 13u);
  EXPECT_EQ(router.codecs[0].preferred_payload_type, PayloadType(100));
  for (std::size_t i = 1; i < router.codecs.size(); i += 2) {
    EXPECT_TRUE(is_rtx(router.codecs[i + 1].mime_type));
    EXPECT_EQ(router.codecs[i + 1].parameters.integer("apt"), router.codecs[i].preferred_payload_type->value());
    EXPECT_TRUE(router.codecs[i + 1].rtcp_feedback.empty());
  }
}

TEST(Router, KeepsStaticPayloadTypes) {
  const RtpCapabilities router = router_capabilities(codecs(std::array{"PCMU", "PCMA", "opus"})).value();
  EXPECT_EQ(router.codecs[0].preferred_payload_type, PayloadType(0));
  EXPECT_EQ(router.codecs[1].preferred_payload_type, PayloadType(8));
  EXPECT_EQ(router.codecs[2].preferred_payload_type, PayloadType(100));
}

TEST(Router, UsesPayloadTypesFrom96AfterThoseFrom100AndThenRefuses) {
  const std::vector<std::string_view> sixteen(16, "VP8");
  const RtpCapabilities router = router_capabilities(codecs(sixteen)).value();
  EXPECT_EQ(router.codecs[27].preferred_payload_type, PayloadType(127));
  EXPECT_EQ(router.codecs[28].preferred_payload_type, PayloadType(96));
  EXPECT_EQ(router.codecs[31].preferred_payload_type, PayloadType(99));
  EXPECT_EQ(router_capabilities(codecs(std::vector<std::string_view>(17, "VP8"))).error().code, ErrorCode::kLimit);
}

TEST(Router, RefusesOnePayloadTypeTwice) {
  auto list = codecs(std::array{"opus", "VP8"});
  list[1].preferred_payload_type = PayloadType(100);
  EXPECT_EQ(router_capabilities(list).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace consomme::ortc
