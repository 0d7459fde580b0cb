#include "sfu/wire/payload/vp9.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// I P L F B E V Z of the first octet.
constexpr std::uint8_t kI = 0x80, kP = 0x40, kL = 0x20, kF = 0x10, kB = 0x08, kE = 0x04, kV = 0x02, kZ = 0x01;

Bytes octets(int first, const Bytes& rest) {
  Bytes bytes(1 + rest.size());
  bytes[0] = static_cast<std::uint8_t>(first);
  std::ranges::copy(rest, bytes.begin() + 1);
  return bytes;
}

// The descriptor needs exactly `payload` but for its last byte, which is the frame's.
Vp9Descriptor exactly(const Bytes& payload) {
  for (std::size_t n = 0; n < payload.size(); ++n) EXPECT_FALSE(parse_vp9(ByteView(payload).first(n))) << n;
  const auto d = parse_vp9(payload);
  EXPECT_TRUE(d);
  if (!d) return {};
  EXPECT_EQ(d->size, payload.size() - 1);
  return *d;
}

TEST(Vp9, ReadsAKeyFrameWithLayersOfNonFlexibleMode) {
  const auto d = exactly(octets(kI | kL | kB | kE, {0x92, 0x34, 0x50, 0x77, 0xff}));
  EXPECT_TRUE(d.key_frame());
  EXPECT_TRUE(d.starts_frame);
  EXPECT_TRUE(d.ends_frame);
  EXPECT_EQ(d.picture_id, 0x1234);
  EXPECT_EQ(d.picture_id_offset, 1);
  EXPECT_EQ(d.temporal_layer, 2);
  EXPECT_TRUE(d.switching_up_point);
  EXPECT_EQ(d.spatial_layer, 0);
  EXPECT_EQ(d.tl0_picture_index, 0x77);
  EXPECT_EQ(d.tl0_offset, 4);
}

TEST(Vp9, UpperSpatialLayersAndPredictedFramesStartNoKeyFrame) {
  EXPECT_FALSE(parse_vp9(octets(kL | kB, {0x03, 0, 0xff}))->key_frame());
  EXPECT_FALSE(parse_vp9(octets(kP | kB, {0xff}))->key_frame());
  EXPECT_FALSE(parse_vp9(octets(kE, {0xff}))->key_frame());
  EXPECT_TRUE(parse_vp9(octets(kB, {0xff}))->key_frame());
  EXPECT_TRUE(parse_vp9(octets(kL | kB, {0x03, 0, 0xff}))->inter_layer_predicted);
  EXPECT_TRUE(parse_vp9(octets(kZ, {0xff}))->not_for_upper_layers);
}

TEST(Vp9, FlexibleModeHasReferencesAndNoTl0) {
  const auto d = exactly(octets(kI | kP | kL | kF | kB, {0x05, 0x20, 0x03, 0x05, 0x08, 0xff}));
  EXPECT_EQ(d.picture_id, 5);
  EXPECT_FALSE(d.tl0_picture_index);
  ASSERT_EQ(d.reference_count, 3);
  EXPECT_EQ(d.reference_distances, (std::array<std::uint8_t, 3>{1, 2, 4}));
  EXPECT_EQ(exactly(octets(kF | kB, {0xff})).reference_count, 0) << "a key frame has none";
}

TEST(Vp9, RefusesAFourthReference) {
  EXPECT_FALSE(parse_vp9(octets(kP | kF, {0x03, 0x03, 0x03, 0x02, 0xff})));
}

TEST(Vp9, SkipsEveryScalabilityStructure) {
  for (int head = 0; head < 256; ++head) {
    const std::size_t layers = static_cast<std::size_t>(head >> 5) + 1;
    Bytes rest = {static_cast<std::uint8_t>(head)};
    if ((head & 0x10) != 0) rest.resize(rest.size() + layers * 4);
    if ((head & 0x08) != 0) rest.insert(rest.end(), {3, 0x00, 0x04, 9, 0x0c, 9, 9, 9});
    rest.push_back(0xff);
    EXPECT_EQ(exactly(octets(kB | kV, rest)).spatial_layers, layers) << head;
  }
}

TEST(Vp9, PictureGroupsOfEverySizeAreBoundedByThePayload) {
  for (int pictures = 0; pictures < 256; ++pictures) {
    Bytes rest = {0x08, static_cast<std::uint8_t>(pictures)};
    rest.resize(2 + 100);
    EXPECT_EQ(parse_vp9(octets(kV, rest)).has_value(), pictures < 100) << pictures;
  }
}

}  // namespace
}  // namespace consomme::wire
