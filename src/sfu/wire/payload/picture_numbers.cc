#include "sfu/wire/payload/picture_numbers.h"

#include <cstring>

namespace consomme::wire {

std::size_t write_picture_numbers(ByteSpan out, ByteView payload, const PictureNumbers& at, std::uint16_t picture_id,
                                  std::uint8_t tl0_index) {
  if (payload.size() < at.head_bytes || out.size() < at.head_bytes) return 0;
  std::memcpy(out.data(), payload.data(), at.head_bytes);
  if (at.picture_id_offset != 0) {
    std::uint8_t* const field = out.data() + at.picture_id_offset;
    if ((*field & 0x80) != 0)
      store_be<2>(field, 0x8000U | picture_id);  // M, then 15 bits (RFC 7741 §4.2, RFC 9628 §4.2)
    else
      *field = static_cast<std::uint8_t>(picture_id & 0x7fU);
  }
  if (at.tl0_offset != 0) out[at.tl0_offset] = tl0_index;
  return at.head_bytes;
}

}  // namespace consomme::wire
