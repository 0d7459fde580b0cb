// AV1 payloads, and the dependency descriptor that travels with them.
#include "sfu/wire/payload/av1.h"

#include "base/check.h"
#include "sfu/wire/dependency_descriptor.h"
#include "sfu/wire/payload/payload_info.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  const auto av1 = wire::parse_av1(payload);
  check(wire::inspect_payload(wire::Codec::kAv1, payload).has_value() == av1.has_value(), "the table leads here");
  if (av1) check(!(av1->starts_sequence && av1->continues_obu), "a sequence does not start in the middle of an OBU");
  const auto head = wire::parse_dependency_descriptor_head(payload);
  check(head.has_value() == (size >= 3), "three bytes are a descriptor");
  return 0;
}
