// Frames of RTP, RTCP, STUN and DTLS on a byte stream: a length of two bytes, then as many bytes (RFC 4571 §2, RFC 6544
// §3). Pure; the connection keeps what is incomplete.
#pragma once

#include <cstddef>
#include <cstdint>

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

// The two bytes that go before a frame.
void write_frame_header(ByteSpan out, std::size_t frame_bytes);

}  // namespace consomme::net
