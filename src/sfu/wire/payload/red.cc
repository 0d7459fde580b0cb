#include "sfu/wire/payload/red.h"

#include "base/check.h"

namespace consomme::wire {
namespace {

constexpr std::uint8_t kMoreFollow = 0x80;  // F
constexpr std::size_t kEarlierHeaderBytes = 4;

}  // namespace

std::optional<std::size_t> find_red_primary(ByteView payload, PayloadType of) {
  ByteReader reader(payload);
  std::size_t earlier_bytes = 0;
  std::uint8_t first = reader.u8();
  for (; (first & kMoreFollow) != 0; first = reader.u8()) {
    if ((first & ~kMoreFollow) != of.value()) return std::nullopt;
    earlier_bytes += reader.u24() & kMaxRedBlockBytes;
  }
  if (first != of.value()) return std::nullopt;
  reader.skip(earlier_bytes);
  if (!reader.ok() || reader.remaining() == 0) return std::nullopt;
  return reader.offset();
}

void rename_red_blocks(ByteSpan payload, PayloadType to) {
  std::size_t at = 0;
  for (; (payload[at] & kMoreFollow) != 0; at += kEarlierHeaderBytes)
    payload[at] = static_cast<std::uint8_t>(kMoreFollow | to.value());
  payload[at] = to.value();
}

void write_red_head(ByteSpan out, PayloadType of, const RedBlock& block) {
  check(block.timestamp_offset <= kMaxRedTimestampOffset && block.bytes <= kMaxRedBlockBytes,
        "a redundant block has 14 bits of time and 10 of length");
  constexpr unsigned kLengthBits = 10;
  out[0] = static_cast<std::uint8_t>(kMoreFollow | of.value());
  store_be<3>(out.data() + 1, block.timestamp_offset << kLengthBits | block.bytes);
  out[4] = of.value();
}

}  // namespace consomme::wire
