#include "net/rfc4571.h"

#include <iterator>

#include "base/check.h"
#include "base/datagram.h"

namespace consomme::net {

FrameCut cut_frame(ByteView stream) {
  ByteReader reader(stream);
  const std::size_t length = reader.u16();
  if (!reader.ok()) return {FrameState::kIncomplete, {}, stream};
  if (length > kMaxDatagramBytes) return {FrameState::kOversize, {}, stream};
  if (length > reader.remaining()) return {FrameState::kIncomplete, {}, stream};
  const ByteView frame = reader.bytes(length);
  return {FrameState::kComplete, frame, reader.rest()};
}

void append_frame(std::vector<std::uint8_t>& stream, ByteView frame) {
  check(frame.size() <= 0xffff, "a frame's length fits into two bytes");
  std::uint8_t header[kFrameHeaderBytes];
  store_be<kFrameHeaderBytes>(header, frame.size());
  stream.insert(stream.end(), std::begin(header), std::end(header));
  stream.insert(stream.end(), frame.begin(), frame.end());
}

}  // namespace consomme::net
