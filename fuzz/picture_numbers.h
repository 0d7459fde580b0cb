// With other numbers written into it, a payload descriptor is the same but for them: of VP8 and VP9, by their targets.
#pragma once

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "sfu/wire/payload/payload_info.h"

namespace consomme::fuzz {

// `payload` can be read.
inline void write_numbers_and_read_again(wire::Codec codec, ByteView payload) {
  const wire::PictureNumbers before = wire::inspect_payload(codec, payload)->numbers;
  check(before.head_bytes < payload.size(), "numbers lie inside the payload");
  constexpr std::uint16_t kPictureId = 0x5a5a;
  constexpr std::uint8_t kTl0 = 0xa5;
  std::vector<std::uint8_t> out(payload.begin(), payload.end());
  const auto write = [&](ByteSpan to, std::uint16_t picture_id, std::uint8_t tl0) {
    return wire::write_picture_numbers(to, payload, before, picture_id, tl0);
  };
  if (before.head_bytes > 0)
    check(write(ByteSpan(out).first(before.head_bytes - 1U), kPictureId, kTl0) == 0, "no part of them is written");
  check(write(out, kPictureId, kTl0) == before.head_bytes, "their size stays");
  const auto after = wire::inspect_payload(codec, out);
  check(after.has_value(), "what was written can be read");
  const std::uint16_t id = after->numbers.picture_id;
  check(before.picture_id_offset == 0 || id == kPictureId || id == (kPictureId & 0x7f), "the picture's is written");
  check(before.tl0_offset == 0 || after->numbers.tl0_index == kTl0, "and that of the base layer's");
  write(out, before.picture_id, before.tl0_index);
  check(std::ranges::equal(out, payload), "and nothing else has changed");
}

}  // namespace consomme::fuzz
