// Frames of RTP, RTCP, STUN and DTLS on a byte stream: a length of two bytes, then as many bytes (RFC 4571 §2, RFC 6544
// §3). Pure; the connection keeps what is incomplete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace consomme::net {

inline constexpr std::size_t kFrameHeaderBytes = 2;

enum class FrameState : std::uint8_t {
  kComplete,    // `frame` is one, possibly empty (a null packet, to be ignored); `rest` follows it
  kIncomplete,  // more bytes are needed; `rest` is all that was given
  kOversize,    // the length announces more than kMaxDatagramBytes: the stream is of no use any more
};

struct FrameCut {
  FrameState state = FrameState::kIncomplete;
  ByteView frame;
  ByteView rest;
};

// The first frame of `stream`. Judged by its announced length, before its bytes are there.
FrameCut cut_frame(ByteView stream);

// Appends a frame of at most 65535 bytes to what is to be written.
void append_frame(std::vector<std::uint8_t>& stream, ByteView frame);

}  // namespace consomme::net
