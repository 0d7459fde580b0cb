#include "sfu/wire/payload/av1.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// OBU headers, without size field.
constexpr std::uint8_t kSequence = 1 << 3, kTileGroup = 4 << 3, kFrame = 6 << 3, kExtension = 0x04;

TEST(Av1, AKeyFrameBringsASequenceHeader) {
  const auto av1 = parse_av1(Bytes{0x28, 2, kSequence, 0, kFrame, 0x10});
  ASSERT_TRUE(av1);
  EXPECT_TRUE(av1->starts_sequence);
  EXPECT_TRUE(av1->has_sequence_header);
  EXPECT_TRUE(av1->key_frame());
  EXPECT_TRUE(av1->starts_frame);
  EXPECT_FALSE(av1->temporal_layer);
}

TEST(Av1, ADeltaFrameIsNone) {
  const auto av1 = parse_av1(Bytes{0x10, kFrame, 0x10});
  ASSERT_TRUE(av1);
  EXPECT_FALSE(av1->key_frame());
  EXPECT_TRUE(av1->starts_frame);
}

TEST(Av1, WhatContinuesIsNotTakenForAHeader) {
  const auto av1 = parse_av1(Bytes{0x90, kSequence, 0});
  ASSERT_TRUE(av1);
  EXPECT_TRUE(av1->continues_obu);
  EXPECT_FALSE(av1->key_frame());
  EXPECT_FALSE(av1->starts_frame);
  EXPECT_TRUE(parse_av1(Bytes{0x50, kFrame})->continued);
}

TEST(Av1, TileGroupsStartNoFrame) {
  EXPECT_FALSE(parse_av1(Bytes{0x10, kTileGroup, 0})->starts_frame);
}

TEST(Av1, LayersComeFromTheFirstExtensionHeader) {
  const auto av1 = parse_av1(Bytes{0x20, 2, kSequence, 0, kFrame | kExtension, 0x50, 1});
  ASSERT_TRUE(av1);
  EXPECT_EQ(av1->temporal_layer, 2);
  EXPECT_EQ(av1->spatial_layer, 2);
  EXPECT_FALSE(parse_av1(Bytes{0x10, kFrame | kExtension})) << "the extension is cut off";
}

TEST(Av1, EveryAggregationHeaderIsHeldAgainstItsElements) {
  for (int header = 0; header < 256; ++header) {
    const Bytes two = {static_cast<std::uint8_t>(header), 1, kFrame, 1, kFrame};  // two elements with lengths
    const bool z_and_n = (header & 0x88) == 0x88;
    const int w = header >> 4 & 3;
    // W = 1: one element of four bytes; W = 2: one byte and two; W = 3: the third is missing.
    EXPECT_EQ(parse_av1(two).has_value(), !z_and_n && w != 3) << header;
  }
}

TEST(Av1, LengthsThatLeaveThePayloadAreRefused) {
  for (int length = 0; length < 256; ++length) {
    const Bytes payload = {0x00, static_cast<std::uint8_t>(length), kFrame, 0};
    // 0: an empty element, then one of kFrame bytes, which are not there. 1: one byte, then an empty element.
    EXPECT_EQ(parse_av1(payload).has_value(), length == 1 || length == 2) << length;
  }
}

TEST(Av1, LengthsWithoutEndAreRefused) {
  Bytes payload(12, 0x80);
  payload[0] = 0;
  EXPECT_FALSE(parse_av1(payload));
  payload.back() = 0;
  EXPECT_FALSE(parse_av1(payload)) << "eight bytes at most";
  EXPECT_TRUE(parse_av1(Bytes{0, 0x81, 0x80, 0x00, kFrame}));
}

TEST(Av1, RefusesNothingAtAll) {
  EXPECT_FALSE(parse_av1({}));
  EXPECT_FALSE(parse_av1(Bytes{0x10}));
}

}  // namespace
}  // namespace consomme::wire
