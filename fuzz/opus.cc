// Opus payloads: whatever they are, silence is what has next to nothing in it.
#include "sfu/wire/payload/opus.h"

#include "base/check.h"
#include "sfu/wire/payload/payload_info.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  const auto opus = wire::parse_opus(payload);
  check(opus.has_value() == (size != 0), "only nothing is no packet");
  if (opus) check(opus->dtx == (size <= 2), "silence has no frame");
  for (const wire::Codec codec : {wire::Codec::kOpus, wire::Codec::kMultiopus})
    check(wire::inspect_payload(codec, payload).has_value() == opus.has_value(), "the table leads here");
  return 0;
}
