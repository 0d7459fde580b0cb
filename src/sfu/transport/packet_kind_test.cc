#include "sfu/transport/packet_kind.h"

namespace consomme::transport {
namespace {

// RFC 7983 §7 and RFC 5761 §4, said a second time.
PacketKind expected(int first, int second) {
  if (first <= 3) return PacketKind::kStun;
  if (first >= 20 && first <= 63) return PacketKind::kDtls;
  if (first >= 128 && first <= 191) return second >= 192 && second <= 223 ? PacketKind::kRtcp : PacketKind::kRtp;
  return PacketKind::kUnknown;
}

TEST(PacketKind, FollowsFromTheFirstTwoBytes) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::array bytes = {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
      ASSERT_EQ(packet_kind(bytes), expected(first, second)) << first << " " << second;
    }
}

TEST(PacketKind, IsUnknownOfLessThanTwoBytes) {
  EXPECT_EQ(packet_kind({}), PacketKind::kUnknown);
  for (int first = 0; first < 256; ++first) {
    const std::array bytes = {static_cast<std::uint8_t>(first)};
    EXPECT_EQ(packet_kind(bytes), PacketKind::kUnknown);
  }
}

}  // namespace
}  // namespace consomme::transport
