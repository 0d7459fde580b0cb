// What proves a STUN message: MESSAGE-INTEGRITY (RFC 8489 §14.5, HMAC-SHA1, short-term credentials) and FINGERPRINT
// (§14.7, which proves nothing but that it is STUN). The only place in wire/ that needs a cryptographic library.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "sfu/wire/stun.h"

namespace consomme::wire {

inline constexpr std::size_t kStunIntegrityBytes = 20;
inline constexpr std::size_t kStunIntegrityAttributeBytes = 4 + kStunIntegrityBytes;
inline constexpr std::size_t kStunFingerprintAttributeBytes = 8;

// `message` is what `parsed` came from. False when the attribute is absent. Compared in constant time.
bool integrity_holds(ByteView message, const StunMessage& parsed, std::string_view key);
// True when the attribute is there and right.
bool fingerprint_holds(ByteView message, const StunMessage& parsed);

// Over the bytes in front of the attribute, whose header already counts the attribute in its length.
std::array<std::uint8_t, kStunIntegrityBytes> stun_integrity(ByteView in_front, std::string_view key);
std::uint32_t stun_fingerprint(ByteView in_front);

}  // namespace consomme::wire
