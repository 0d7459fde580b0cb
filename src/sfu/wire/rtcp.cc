#include "sfu/wire/rtcp.h"

namespace consomme::wire {

std::optional<RtcpPacket> RtcpReader::next() {
  if (rest_.empty() || !ok_) return std::nullopt;
  ok_ = false;  // until this part is seen to be whole
  ByteReader reader(rest_);
  const std::uint8_t first = reader.u8();
  const std::uint8_t type = reader.u8();
  const std::size_t body_bytes = std::size_t{reader.u16()} * 4;
  ByteView body = reader.bytes(body_bytes);
  if (!reader.ok() || first >> 6 != 2) return std::nullopt;

  const bool has_padding = (first & 0x20) != 0;
  if (has_padding) {
    const std::size_t padding = body.empty() ? 0 : body.back();
    if (padding == 0 || padding > body.size()) return std::nullopt;
    body = body.first(body.size() - padding);
  }
  rest_ = rest_.subspan(reader.offset());
  ok_ = true;
  return RtcpPacket{RtcpType{type}, static_cast<std::uint8_t>(first & 0x1f), body};
}

bool begin_rtcp(ByteWriter& writer, RtcpType type, std::uint8_t count, std::size_t body_bytes) {
  if (!writer.ok() || body_bytes % 4 != 0 || body_bytes / 4 > 0xffff || count > kMaxRtcpCount) return false;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  writer.u8(static_cast<std::uint8_t>(0x80 | count));
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u16(static_cast<std::uint16_t>(body_bytes / 4));
  return true;
}

}  // namespace consomme::wire
