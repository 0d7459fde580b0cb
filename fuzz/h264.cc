// H264 payloads: single NAL units, aggregates and fragments of any shape.
#include "sfu/wire/payload/h264.h"

#include "base/check.h"
#include "sfu/wire/payload/payload_info.h"

using namespace consomme;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView payload(data, size);
  const auto h264 = wire::parse_h264(payload);
  check(wire::inspect_payload(wire::Codec::kH264, payload).has_value() == h264.has_value(), "the table leads here");
  if (h264 && h264->has_parameters) check(h264->key_frame, "parameters come with a key frame");
  return 0;
}
