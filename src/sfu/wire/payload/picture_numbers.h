// The numbers of pictures in payload descriptors of VP8 (RFC 7741 §4.2) and VP9 (RFC 9628 §4.2), and where they stand,
// for those who count for themselves what they pass on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace consomme::wire {

struct PictureNumbers {
  std::uint8_t head_bytes = 0;         // of the payload, in which they lie; 0: it has none
  std::uint8_t picture_id_offset = 0;  // in bytes; 0: absent
  std::uint8_t tl0_offset = 0;         // in bytes; 0: absent
  std::uint8_t tl0_index = 0;
  std::uint16_t picture_id = 0;
  bool operator==(const PictureNumbers&) const = default;
};
// Writes the head of `payload` to `out` with other numbers; they are cut to their fields. Its size.
std::size_t write_picture_numbers(ByteSpan out, ByteView payload, const PictureNumbers& at, std::uint16_t picture_id,
                                  std::uint8_t tl0_index);

}  // namespace consomme::wire
