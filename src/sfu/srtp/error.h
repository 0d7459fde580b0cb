// Why a packet was not protected or unprotected. Each is counted by the transport.
#pragma once

#include <cstdint>

namespace consomme::srtp {

enum class SrtpError : std::uint8_t {
  kShort,      // fewer bytes than header, tag and index need
  kMalformed,  // not RTP or RTCP version 2, a header longer than the packet, larger than a datagram, or SRTCP in clear
  kAuth,       // the tag is not ours: forged, damaged, or another key
  kReplay,     // seen before, or too old to know
  kTooManySsrcs,  // outgoing: the table of SSRCs is full
  kNoRoom,        // the output is too small
  kNonceUsed,     // outgoing: this sequence number was sent before, or is too old to know (RFC 7714 §8.4)
  kBadIndex,      // outgoing: not the header's sequence number, or a stream's first one above 65535
  kExhausted,     // outgoing: the key has protected all that it may (RFC 3711 §9.2)
};

}  // namespace consomme::srtp
