#include "sfu/ortc/codec_match.h"

namespace consomme::ortc {
namespace {

RtpCodecCapability codec(std::string mime_type, FormatParameters parameters = {}) {
  return {.mime_type = std::move(mime_type),
          .preferred_payload_type = std::nullopt,
          .clock_rate = 90000,
          .channels = std::nullopt,
          .parameters = std::move(parameters),
          .rtcp_feedback = {}};
}

TEST(CodecMatch, HasNoCaseInMimeTypes) {
  EXPECT_TRUE(matches(codec("video/VP8"), codec("VIDEO/vp8")));
  EXPECT_FALSE(matches(codec("video/VP8"), codec("video/VP80")));
}

TEST(CodecMatch, NeedsTheSameClockRateAndChannels) {
  RtpCodecCapability other = codec("video/VP8");
  other.clock_rate = 48000;
  EXPECT_FALSE(matches_loosely(codec("video/VP8"), other));
  other = codec("video/VP8");
  other.channels = 2;
  EXPECT_FALSE(matches_loosely(codec("video/VP8"), other));
}

TEST(CodecMatch, LooksAtProfilesOnlyWhenStrict) {
  const std::pair<RtpCodecCapability, RtpCodecCapability> different[] = {
      {codec("video/VP9", {{"profile-id", 2}}), codec("video/VP9")},
      {codec("video/AV1", {{"profile", 1}}), codec("video/AV1")},
      {codec("video/H264", {{"packetization-mode", 1}}), codec("video/H264")},
      {codec("video/H264", {{"profile-level-id", "4d001f"}}), codec("video/H264")},
  };
  for (const auto& [a, b] : different) {
    EXPECT_TRUE(matches_loosely(a, b)) << a.mime_type;
    EXPECT_FALSE(matches(a, b)) << a.mime_type;
  }
}

TEST(CodecMatch, TakesAMissingProfileForZero) {
  EXPECT_TRUE(matches(codec("video/VP9", {{"profile-id", 0}}), codec("video/VP9")));
  EXPECT_TRUE(matches(codec("video/VP9", {{"profile-id", ""}}), codec("video/VP9")));
  EXPECT_TRUE(matches(codec("video/AV1", {{"profile", 0}, {"tier", 1}}), codec("video/AV1")));
}

TEST(CodecMatch, NeedsTheSameStreamsOfMultiopus) {
  const auto multiopus = [](std::int64_t streams, std::int64_t coupled) {
    return codec("audio/multiopus", {{"num_streams", streams}, {"coupled_streams", coupled}});
  };
  EXPECT_TRUE(matches_loosely(multiopus(4, 2), multiopus(4, 2)));
  EXPECT_FALSE(matches_loosely(multiopus(4, 2), multiopus(3, 2)));
  EXPECT_FALSE(matches_loosely(multiopus(4, 2), multiopus(4, 1)));
}

}  // namespace
}  // namespace consomme::ortc
