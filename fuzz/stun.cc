// STUN: whatever is parsed lies inside the message, and what the message proves can be asked without harm.
#include "sfu/wire/stun.h"

#include "base/check.h"
#include "sfu/wire/stun_integrity.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const auto message = wire::parse_stun(bytes);
  if (!message) return 0;
  const auto inside = [&](std::size_t offset, std::size_t n) { return offset == 0 || offset + n <= size; };
  check(inside(message->integrity_offset, wire::kStunIntegrityAttributeBytes), "integrity lies inside");
  check(inside(message->fingerprint_offset, wire::kStunFingerprintAttributeBytes), "the fingerprint lies inside");
  if (message->username) {
    const ByteView name = as_bytes(*message->username);
    check(name.empty() || (name.data() >= data && name.data() + name.size() <= data + size), "the name lies inside");
  }
  wire::integrity_holds(bytes, *message, "VOkJxbRl1RmTxUk/WvJxBt");
  wire::fingerprint_holds(bytes, *message);
  return 0;
}
