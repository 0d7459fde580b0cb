#include "sfu/wire/payload/payload_info.h"

#include "sfu/wire/payload/opus.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Codec, IsFoundByItsMimeTypeWhateverTheCase) {
  EXPECT_EQ(codec_from_mime("video/vp8"), Codec::kVp8);
  EXPECT_EQ(codec_from_mime("AUDIO/Opus"), Codec::kOpus);
  EXPECT_EQ(codec_from_mime("audio/CN"), Codec::kComfortNoise);
  EXPECT_EQ(codec_from_mime("video/rtx"), Codec::kRtx);
  EXPECT_FALSE(codec_from_mime("video/VP80"));
  EXPECT_FALSE(codec_from_mime("VP8"));
  EXPECT_FALSE(codec_from_mime("video/"));
}

TEST(Opus, TwoBytesAndLessAreSilence) {
  EXPECT_TRUE(parse_opus(Bytes{0x78})->dtx);
  EXPECT_TRUE(parse_opus(Bytes{0x78, 0})->dtx);
  EXPECT_FALSE(parse_opus(Bytes{0x78, 0, 0})->dtx);
  EXPECT_FALSE(parse_opus({}));
}

TEST(PayloadInfo, EveryAudioPacketCanBeStartedWith) {
  for (const Codec codec : {Codec::kOpus, Codec::kMultiopus, Codec::kPcmu, Codec::kPcma, Codec::kG722,
                            Codec::kTelephoneEvent, Codec::kComfortNoise}) {
    const auto info = inspect_payload(codec, Bytes{1, 2, 3});
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->key_frame);
    EXPECT_TRUE(info->starts_frame);
  }
}

TEST(PayloadInfo, SpeaksOneLanguageForAllVideo) {
  EXPECT_EQ(inspect_payload(Codec::kVp8, Bytes{0x90, 0x20, 0x60, 0x11}),
            (PayloadInfo{.starts_frame = true, .layer_sync = true, .temporal_layer = 1, .numbers = {.head_bytes = 3}}));
  EXPECT_EQ(inspect_payload(Codec::kVp9, Bytes{0x28, 0x32, 0x01, 0xff}),
            (PayloadInfo{.starts_frame = true,
                         .layer_sync = true,
                         .temporal_layer = 1,
                         .spatial_layer = 1,
                         .numbers = {.head_bytes = 3, .tl0_offset = 2, .tl0_index = 1}}));
  EXPECT_EQ(inspect_payload(Codec::kVp9, Bytes{0x2b, 0x00, 0x01, 0x40, 0xff}),
            (PayloadInfo{.starts_frame = true,
                         .key_frame = true,
                         .not_for_upper_layers = true,
                         .spatial_layers = 3,
                         .temporal_layer = 0,
                         .spatial_layer = 0,
                         .numbers = {.head_bytes = 3, .tl0_offset = 2, .tl0_index = 1}}));
  EXPECT_EQ(inspect_payload(Codec::kH264, Bytes{0x67, 0x42}), (PayloadInfo{.starts_frame = true, .key_frame = true}));
  EXPECT_EQ(inspect_payload(Codec::kAv1, Bytes{0x18, 0x0c, 0x28}),
            (PayloadInfo{.starts_frame = true, .key_frame = true, .temporal_layer = 1, .spatial_layer = 1}));
}

TEST(PayloadInfo, ARetransmissionSaysNothingBeforeItIsUndone) {
  EXPECT_EQ(inspect_payload(Codec::kRtx, Bytes{0, 1, 0x10, 0x10}), PayloadInfo{});
}

TEST(PayloadInfo, NoVideoCodecTakesAnEmptyPayload) {
  for (const Codec codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    EXPECT_FALSE(inspect_payload(codec, {}));
  }
  EXPECT_FALSE(inspect_payload(Codec::kCount, Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace consomme::wire
