// VP8 payload descriptors: offsets lie inside the descriptor, and the descriptor inside the payload; with other numbers
// written into it, it is the same but for them.
#include "sfu/wire/payload/vp8.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "sfu/wire/payload/payload_info.h"

using namespace consomme;

namespace {

void write_and_read_again(ByteView payload, const wire::Vp8Descriptor& before) {
  const wire::Vp8Numbers at = wire::inspect_payload(wire::Codec::kVp8, payload)->vp8;
  check(at.descriptor_bytes == before.size, "the numbers know their descriptor");
  constexpr std::uint16_t kPictureId = 0x5a5a;
  constexpr std::uint8_t kTl0 = 0xa5;
  std::vector<std::uint8_t> out(payload.begin(), payload.end());
  check(wire::write_vp8_descriptor(ByteSpan(out).first(before.size - 1U), payload, at, kPictureId, kTl0) == 0,
        "no part of one is written");
  check(wire::write_vp8_descriptor(out, payload, at, kPictureId, kTl0) == before.size, "its size stays");
  const auto after = wire::parse_vp8(out);
  check(after.has_value(), "what was written can be read");
  const std::uint16_t written = before.picture_id_is_long ? kPictureId : kPictureId & 0x7f;
  check(after->picture_id.value_or(written) == written && after->tl0_picture_index.value_or(kTl0) == kTl0,
        "the numbers are those that were written");
  check(wire::write_vp8_descriptor(out, out, at, before.picture_id.value_or(0), before.tl0_picture_index.value_or(0)),
        "they can be written back");
  check(std::ranges::equal(out, payload), "and nothing else has changed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  const auto d = wire::parse_vp8(payload);
  check(wire::inspect_payload(wire::Codec::kVp8, payload).has_value() == d.has_value(), "the table leads here");
  if (!d) return 0;
  check(d->size < size, "a payload follows the descriptor");
  check(d->picture_id_offset < d->size && d->tl0_offset < d->size, "fields lie inside the descriptor");
  check(d->picture_id.has_value() == (d->picture_id_offset != 0), "a picture id has a place");
  write_and_read_again(payload, *d);
  return 0;
}
