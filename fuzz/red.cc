// Redundant audio: a primary lies inside its payload; with other names for its blocks it is in the same place, and
// under their old names nowhere.
#include "sfu/wire/payload/red.h"

#include <vector>

#include "base/check.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const PayloadType given(data[0] & 0x7f);
  std::vector<std::uint8_t> payload(data + 1, data + size);
  const auto primary = wire::find_red_primary(payload, given);
  if (!primary) return 0;
  check(*primary >= 1 && *primary < payload.size(), "the primary is inside, and behind a header");
  const PayloadType other(given.value() ^ 1);
  wire::rename_red_blocks(payload, other);
  check(wire::find_red_primary(payload, other) == primary, "names have no length");
  check(!wire::find_red_primary(payload, given), "no block has kept its name");
  return 0;
}
