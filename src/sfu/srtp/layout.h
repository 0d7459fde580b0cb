// Where things lie in SRTP and SRTCP packets. Inbound and Outbound alone read this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "sfu/srtp/profile.h"

namespace consomme::srtp {

// RFC 3550 §5.1.
inline constexpr std::size_t kRtpFixedHeaderBytes = 12;
inline constexpr std::size_t kRtpSeqAt = 2;
inline constexpr std::size_t kRtpSsrcAt = 8;
// RFC 3711 §3.4: the first header of a compound packet and its sender's SSRC stay in clear.
inline constexpr std::size_t kRtcpClearBytes = 8;
inline constexpr std::size_t kRtcpSsrcAt = 4;
// The E bit and the 31-bit SRTCP index.
inline constexpr std::uint32_t kEncryptedBit = 0x80000000;

// The 32-bit word that is authenticated with a packet: rollover counter, or E bit and SRTCP index.
inline constexpr std::size_t kWordBytes = 4;
using Word = std::array<std::uint8_t, kWordBytes>;

inline Word make_word(std::uint32_t value) {
  Word word;
  store_be<4>(word.data(), value);
  return word;
}

// What follows the body of an SRTCP packet: word and tag with AES-CM (RFC 3711 §3.4), tag and word with GCM, whose tag
// is part of the ciphertext (RFC 7714 §9.2).
struct RtcpTail {
  std::size_t tag_at;
  std::size_t word_at;
};
constexpr RtcpTail rtcp_tail(const ProfileTraits& profile, std::size_t body_end) {
  return profile.aead ? RtcpTail{.tag_at = body_end, .word_at = body_end + profile.tag_bytes}
                      : RtcpTail{.tag_at = body_end + kWordBytes, .word_at = body_end};
}

}  // namespace consomme::srtp
