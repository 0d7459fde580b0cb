#include "sfu/wire/payload/picture_numbers.h"

#include <gtest/gtest.h>

#include <vector>

#include "sfu/wire/payload/payload_info.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(PictureNumbers, OfVp8AreWrittenAnew) {
  const Bytes payload{0x90, 0xe0, 0x92, 0x34, 0x77, 0x60, 0x11};
  const PictureNumbers at = inspect_payload(Codec::kVp8, payload)->numbers;
  Bytes out(6);
  EXPECT_EQ(write_picture_numbers(out, payload, at, 0x7fff, 9), 6U);
  EXPECT_EQ(out, (Bytes{0x90, 0xe0, 0xff, 0xff, 9, 0x60}));
  EXPECT_EQ(write_picture_numbers(ByteSpan(out).first(5), payload, at, 1, 1), 0U);
}

TEST(PictureNumbers, OfVp9AreWrittenAnewAndNothingBehindThem) {
  const Bytes payload{0xaa, 0x92, 0x34, 0x10, 0x77, 0x40, 0xff};  // I, L, B and V; one octet of structure
  const auto info = inspect_payload(Codec::kVp9, payload);
  EXPECT_EQ(info->numbers,
            (PictureNumbers{
                .head_bytes = 5, .picture_id_offset = 1, .tl0_offset = 4, .tl0_index = 0x77, .picture_id = 0x1234}));
  Bytes out(5);
  EXPECT_EQ(write_picture_numbers(out, payload, info->numbers, 0x7fff, 9), 5U);
  EXPECT_EQ(out, (Bytes{0xaa, 0xff, 0xff, 0x10, 9}));
}

TEST(PictureNumbers, OfVp9InFlexibleModeHaveNoTl0Index) {
  const Bytes payload{0xb8, 0x12, 0x10, 0xff};
  const PictureNumbers at = inspect_payload(Codec::kVp9, payload)->numbers;
  Bytes out(2);
  EXPECT_EQ(write_picture_numbers(out, payload, at, 0x1ff, 9), 2U);
  EXPECT_EQ(out, (Bytes{0xb8, 0x7f})) << "seven bits where the field has no more";
}

TEST(PictureNumbers, AreNotThereWhereTheDescriptorHasNone) {
  EXPECT_EQ(inspect_payload(Codec::kVp9, Bytes{0x08, 0xff})->numbers, PictureNumbers{});
}

}  // namespace
}  // namespace consomme::wire
