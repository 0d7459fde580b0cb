#include "sfu/wire/payload/red.h"

#include <array>

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr PayloadType kOpus(111);
constexpr std::uint8_t kEarlier = 0x80 | 111;

TEST(Red, FindsThePrimaryBehindNoOneAndTwoEarlierBlocks) {
  EXPECT_EQ(find_red_primary(Bytes{111, 1, 2}, kOpus), 1U);
  // 960 ticks earlier, two bytes of it.
  EXPECT_EQ(find_red_primary(Bytes{kEarlier, 0x0f, 0x00, 0x02, 111, 8, 9, 1}, kOpus), 7U);
  EXPECT_EQ(find_red_primary(Bytes{kEarlier, 0x1e, 0x00, 0x01, kEarlier, 0x0f, 0x00, 0x02, 111, 7, 8, 9, 1}, kOpus),
            12U);
}

TEST(Red, TakesABlockThatIsEmpty) {
  EXPECT_EQ(find_red_primary(Bytes{kEarlier, 0x0f, 0x00, 0x00, 111, 1}, kOpus), 5U);
}

TEST(Red, RefusesWhatIsCutOff) {
  const Bytes whole{kEarlier, 0x0f, 0x00, 0x02, 111, 8, 9, 1};
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(find_red_primary(ByteView(whole).first(size), kOpus)) << size;
  EXPECT_FALSE(find_red_primary(Bytes{kEarlier, 0x0f, 0x03, 0xff, 111, 8, 9, 1}, kOpus)) << "1023 bytes";
}

TEST(Red, RefusesBlocksOfAnotherPayloadType) {
  EXPECT_FALSE(find_red_primary(Bytes{110, 1}, kOpus));
  EXPECT_FALSE(find_red_primary(Bytes{0x80 | 9, 0x0f, 0x00, 0x01, 111, 8, 1}, kOpus));
  EXPECT_FALSE(find_red_primary(Bytes{kEarlier, 0x0f, 0x00, 0x01, 9, 8, 1}, kOpus));
}

TEST(Red, RenamesEveryBlockAndNothingElse) {
  Bytes payload{kEarlier, 0x1e, 0x00, 0x01, kEarlier, 0x0f, 0x00, 0x02, 111, kEarlier, 111, 111, 111};
  rename_red_blocks(payload, PayloadType(100));
  EXPECT_EQ(payload, (Bytes{0x80 | 100, 0x1e, 0x00, 0x01, 0x80 | 100, 0x0f, 0x00, 0x02, 100, kEarlier, 111, 111, 111}));
}

TEST(Red, ReadsWhatItHasWritten) {
  for (const RedBlock block : {RedBlock{960, 3}, RedBlock{kMaxRedTimestampOffset, 0}, RedBlock{1, 3}}) {
    Bytes payload(kRedHeadBytes + block.bytes + 1);
    write_red_head(payload, kOpus, block);
    EXPECT_EQ(find_red_primary(payload, kOpus), kRedHeadBytes + block.bytes);
    EXPECT_EQ(load_be<4>(payload.data()), std::uint64_t{kEarlier} << 24 | block.timestamp_offset << 10 | block.bytes);
  }
}

}  // namespace
}  // namespace consomme::wire
