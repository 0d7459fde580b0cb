// Redundant audio (RFC 2198): a payload that says earlier ones once more before its own. A header for each of those,
// four bytes long, then one of a byte for the packet's own, the primary; then the blocks in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/strong.h"

namespace consomme::wire {

// Where the primary begins, which goes on to the end. nullopt: cut off, nothing in it, or a block is not of the payload
// type `of`.
std::optional<std::size_t> find_red_primary(ByteView payload, PayloadType of);

// Gives every block of a payload in which a primary was found another payload type.
void rename_red_blocks(ByteSpan payload, PayloadType to);

// Of one earlier payload before the primary.
struct RedBlock {
  std::uint32_t timestamp_offset = 0;  // before the primary's
  std::size_t bytes = 0;
};
inline constexpr std::uint32_t kMaxRedTimestampOffset = (1 << 14) - 1;
inline constexpr std::size_t kMaxRedBlockBytes = (1 << 10) - 1;
inline constexpr std::size_t kRedHeadBytes = 5;
// Both headers, to the first kRedHeadBytes of `out`. The block fits the limits above.
void write_red_head(ByteSpan out, PayloadType of, const RedBlock& block);

}  // namespace consomme::wire
