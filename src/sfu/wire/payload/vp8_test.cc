#include "sfu/wire/payload/vp8.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kKey = 0x10;    // payload header with P = 0
constexpr std::uint8_t kDelta = 0x11;  // payload header with P = 1

TEST(Vp8, ReadsTheShortestDescriptor) {
  const auto d = parse_vp8(Bytes{0x10, kKey});
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->starts_frame());
  EXPECT_TRUE(d->key_frame);
  EXPECT_EQ(d->size, 1);
  EXPECT_FALSE(d->picture_id);
  EXPECT_FALSE(d->temporal_layer);
  EXPECT_FALSE(parse_vp8(Bytes{0x10, kDelta})->key_frame);
}

TEST(Vp8, AKeyFrameStartsWithTheFirstPartitionOnly) {
  for (int first = 0; first < 0x80; ++first) {
    const auto d = parse_vp8(Bytes{static_cast<std::uint8_t>(first), kKey});
    ASSERT_TRUE(d);
    EXPECT_EQ(d->key_frame, (first & 0x17) == 0x10) << first;
    EXPECT_EQ(d->non_reference, (first & 0x20) != 0);
  }
}

TEST(Vp8, ReadsAllFields) {
  const Bytes payload = {0x90, 0xf0, 0x92, 0x34, 0x56, 0xa7, kDelta};
  const auto d = parse_vp8(payload);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->picture_id, 0x1234);
  EXPECT_TRUE(d->picture_id_is_long);
  EXPECT_EQ(d->picture_id_offset, 2);
  EXPECT_EQ(d->tl0_picture_index, 0x56);
  EXPECT_EQ(d->tl0_offset, 4);
  EXPECT_EQ(d->temporal_layer, 2);
  EXPECT_TRUE(d->layer_sync);
  EXPECT_EQ(d->key_index, 7);
  EXPECT_EQ(d->size, 6);
}

TEST(Vp8, ReadsShortPictureIdsAndLayersWithoutOne) {
  const auto with_id = parse_vp8(Bytes{0x90, 0x80, 0x7f, kKey});
  EXPECT_EQ(with_id->picture_id, 0x7f);
  EXPECT_FALSE(with_id->picture_id_is_long);
  const auto without = parse_vp8(Bytes{0x90, 0x20, 0x40, kKey});
  EXPECT_FALSE(without->picture_id);
  EXPECT_EQ(without->temporal_layer, 1);
  EXPECT_FALSE(without->key_index);
  const auto key_index_only = parse_vp8(Bytes{0x90, 0x10, 0xff, kKey});
  EXPECT_FALSE(key_index_only->temporal_layer);
  EXPECT_EQ(key_index_only->key_index, 31);
}

TEST(Vp8, EveryCombinationOfFieldsNeedsExactlyItsBytes) {
  for (int flags = 0; flags < 256; ++flags) {
    for (const std::uint8_t picture_id : {std::uint8_t{0x01}, std::uint8_t{0x81}}) {
      const bool is_long = (flags & 0x80) != 0 && picture_id == 0x81;
      const int fields = ((flags & 0x80) != 0) + is_long + ((flags & 0x40) != 0) + ((flags & 0x30) != 0);
      const auto needed = static_cast<std::size_t>(2 + fields + 1);
      Bytes payload(16, picture_id);
      payload[0] = 0x90;
      payload[1] = static_cast<std::uint8_t>(flags);
      EXPECT_FALSE(parse_vp8(ByteView(payload).first(needed - 1))) << flags;
      const auto d = parse_vp8(ByteView(payload).first(needed));
      ASSERT_TRUE(d) << flags;
      EXPECT_EQ(d->size, needed - 1);
    }
  }
  EXPECT_FALSE(parse_vp8({}));
}

}  // namespace
}  // namespace consomme::wire
