// VP9 payload descriptors: offsets lie inside the descriptor, and the descriptor inside the payload; with
// other numbers written into it, it is the same but for them.
#include "sfu/wire/payload/vp9.h"

#include "base/check.h"
#include "fuzz/picture_numbers.h"
#include "sfu/wire/payload/payload_info.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  const auto d = wire::parse_vp9(payload);
  check(wire::inspect_payload(wire::Codec::kVp9, payload).has_value() == d.has_value(), "the table leads here");
  if (!d) return 0;
  check(d->size < size, "a payload follows the descriptor");
  check(d->picture_id_offset < d->size && d->tl0_offset < d->size, "fields lie inside the descriptor");
  check(d->reference_count <= d->reference_distances.size(), "references are bounded");
  fuzz::write_numbers_and_read_again(wire::Codec::kVp9, payload);
  return 0;
}
