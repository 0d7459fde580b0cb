// What a datagram is, by its first byte (RFC 7983 §7) and, between RTP and RTCP, its second (RFC 5761 §4).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace consomme::transport {

enum class PacketKind : std::uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

inline constexpr std::array<PacketKind, 256> kKindByFirstByte = [] {
  struct Range {
    std::size_t first, last;
    PacketKind kind;
  };
  constexpr Range kRanges[] = {
      {0, 3, PacketKind::kStun},
      {20, 63, PacketKind::kDtls},
      {128, 191, PacketKind::kRtp},
  };
  std::array<PacketKind, 256> kinds{};
  for (const Range& range : kRanges)
    for (std::size_t byte = range.first; byte <= range.last; ++byte) kinds[byte] = range.kind;
  return kinds;
}();

constexpr PacketKind packet_kind(ByteView datagram) {
  if (datagram.size() < 2) return PacketKind::kUnknown;
  const PacketKind kind = kKindByFirstByte[datagram[0]];
  const bool rtcp_type = datagram[1] >= 192 && datagram[1] <= 223;
  return kind == PacketKind::kRtp && rtcp_type ? PacketKind::kRtcp : kind;
}

}  // namespace consomme::transport
