#include "sfu/wire/payload/h264.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(H264, SingleUnitsOfEveryTypeAreToldApart) {
  for (int type = 0; type < 24; ++type) {
    const auto h264 = parse_h264(Bytes{static_cast<std::uint8_t>(0x60 | type), 0x80});
    ASSERT_EQ(h264.has_value(), type != 0) << type;
    if (!h264) continue;
    EXPECT_EQ(h264->key_frame, type == 5 || type == 7) << type;
    EXPECT_EQ(h264->has_parameters, type == 7) << type;
    EXPECT_EQ(h264->starts_frame, type == 1 || (type >= 5 && type <= 9)) << type;
  }
}

TEST(H264, RefusesTheInterleavedModesTypes) {
  for (int type = 24; type < 32; ++type) {
    const Bytes payload = {static_cast<std::uint8_t>(type), 0x85, 0, 0, 0};
    EXPECT_EQ(parse_h264(payload).has_value(), type == 28) << type;
  }
}

TEST(H264, OnlyTheFirstSliceStartsAFrame) {
  EXPECT_TRUE(parse_h264(Bytes{0x41, 0x9a})->starts_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x41, 0x5a})->starts_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x41})->starts_frame);
}

TEST(H264, FragmentsCountAtTheirStartOnly) {
  EXPECT_TRUE(parse_h264(Bytes{0x7c, 0x85, 0x88})->key_frame);
  EXPECT_TRUE(parse_h264(Bytes{0x7c, 0x85, 0x88})->starts_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x7c, 0x05, 0x88})->key_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x7c, 0x45, 0x88})->starts_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x7c, 0x81, 0x88})->key_frame);
  EXPECT_FALSE(parse_h264(Bytes{0x7c, 0x85})) << "a fragment of nothing";
  EXPECT_FALSE(parse_h264(Bytes{0x7c}));
}

TEST(H264, AggregatesAreLookedThrough) {
  const Bytes payload = {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88};
  const auto h264 = parse_h264(payload);
  ASSERT_TRUE(h264);
  EXPECT_TRUE(h264->key_frame);
  EXPECT_TRUE(h264->has_parameters);
  EXPECT_TRUE(h264->starts_frame);
  const auto delta = parse_h264(Bytes{0x78, 0, 2, 0x06, 0x05, 0, 2, 0x41, 0x9a});
  EXPECT_FALSE(delta->key_frame);
}

TEST(H264, AggregatesWhoseLengthsDoNotAddUpAreRefused) {
  for (int length = 0; length < 256; ++length) {
    const Bytes payload = {0x78, 0, static_cast<std::uint8_t>(length), 0x67, 0x42, 0x00};
    EXPECT_EQ(parse_h264(payload).has_value(), length == 3) << length;
  }
  EXPECT_FALSE(parse_h264(Bytes{0x78}));
  EXPECT_FALSE(parse_h264(Bytes{0x78, 0}));
  EXPECT_FALSE(parse_h264(Bytes{0x78, 0, 2, 0x78, 0})) << "no aggregate inside an aggregate";
}

TEST(H264, DisposableWhenNoUnitIsAReference) {
  EXPECT_TRUE(parse_h264(Bytes{0x01, 0x9a})->disposable);
  EXPECT_FALSE(parse_h264(Bytes{0x21, 0x9a})->disposable);
  EXPECT_TRUE(parse_h264(Bytes{0x1c, 0x01, 0x9a})->disposable);
  EXPECT_FALSE(parse_h264(Bytes{0x3c, 0x01, 0x9a})->disposable);
  EXPECT_FALSE(parse_h264(Bytes{0x18, 0, 2, 0x01, 0x9a, 0, 2, 0x41, 0x9a})->disposable);
}

TEST(H264, WhatStandsBeforeAPictureIsNotDisposableByItself) {
  EXPECT_FALSE(parse_h264(Bytes{0x09, 0xf0})->disposable) << "a delimiter, before whatever picture";
  EXPECT_FALSE(parse_h264(Bytes{0x06, 0x01, 0x80})->disposable) << "SEI";
  EXPECT_TRUE(parse_h264(Bytes{0x18, 0, 2, 0x09, 0xf0, 0, 2, 0x01, 0x9a})->disposable);
  EXPECT_FALSE(parse_h264(Bytes{0x18, 0, 2, 0x09, 0xf0, 0, 2, 0x41, 0x9a})->disposable);
}

TEST(H264, RefusesNothingAtAll) {
  EXPECT_FALSE(parse_h264({}));
}

}  // namespace
}  // namespace consomme::wire
