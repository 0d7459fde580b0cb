// Frames on a byte stream: whatever arrives, cutting ends, views only what was given, and what was cut is, appended
// again, the very bytes that came.
#include "net/rfc4571.h"

#include <algorithm>

#include "base/check.h"
#include "base/datagram.h"

using namespace consomme;
using namespace consomme::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView stream(data, size);
  std::vector<std::uint8_t> again;
  FrameCut cut = cut_frame(stream);
  for (; cut.state == FrameState::kComplete; cut = cut_frame(cut.rest)) {
    check(cut.frame.size() <= kMaxDatagramBytes, "a frame is at most a datagram");
    append_frame(again, cut.frame);
  }
  check(again.size() + cut.rest.size() == size, "every byte is in a frame or left over");
  check(std::ranges::equal(again, stream.first(again.size())), "frames are the bytes that came");
  if (cut.state == FrameState::kIncomplete)
    check(cut.rest.size() < kFrameHeaderBytes + kMaxDatagramBytes, "what a connection keeps is bounded");
  return 0;
}
