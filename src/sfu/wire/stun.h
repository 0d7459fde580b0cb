// STUN messages (RFC 8489) with the attributes that ICE (RFC 8445 §16.1, renomination draft) uses. Parsing checks the
// whole message once and keeps views into it; it proves nothing about the sender: fingerprint and integrity are asked
// for separately (stun_integrity.h). Drives nothing: answering is the work of ice/.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace consomme::wire {

inline constexpr std::size_t kStunHeaderBytes = 20;
inline constexpr std::uint32_t kStunMagicCookie = 0x2112a442;
inline constexpr std::uint16_t kStunBinding = 0x001;
inline constexpr std::size_t kMaxStunUsernameBytes =
    513;  // RFC 8489 §14.3: less than 509 for what we send, 513 as a bound

enum class StunClass : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

enum class StunAttribute : std::uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000a,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kMessageIntegritySha256 = 0x001c,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kSoftware = 0x8022,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802a,
  kNomination = 0xc001,  // draft-thatcher-ice-renomination-01
};

enum class StunError : std::uint8_t { kShort, kHeader, kLength, kAttribute };

using StunTransactionId = std::array<std::uint8_t, 12>;

// Comprehension-required attributes that we do not know, in order; more than kMax are not kept.
struct StunUnknownAttributes {
  static constexpr std::size_t kMax = 8;
  std::array<std::uint16_t, kMax> types{};
  std::uint8_t count = 0;
  std::span<const std::uint16_t> list() const { return std::span(types).first(count); }
};

// Of an attribute that appears twice the first counts (RFC 8489 §14); what follows MESSAGE-INTEGRITY is not looked at,
// FINGERPRINT excepted (§14.5).
struct StunMessage {
  StunClass message_class = StunClass::kRequest;
  std::uint16_t method = kStunBinding;
  StunTransactionId transaction{};
  std::optional<std::string_view> username;
  std::optional<std::uint32_t> priority;
  std::optional<std::uint64_t> ice_controlled;   // tie-breaker
  std::optional<std::uint64_t> ice_controlling;  // tie-breaker
  std::optional<std::uint32_t> nomination;
  std::optional<std::uint16_t> error_code;  // 300..699
  std::optional<SocketAddress> xor_mapped_address;
  bool use_candidate = false;
  std::uint16_t integrity_offset = 0;    // of the attribute, 0: absent
  std::uint16_t fingerprint_offset = 0;  // of the attribute, 0: absent
  StunUnknownAttributes unknown;
};

// A message of exactly message.size() bytes.
std::expected<StunMessage, StunError> parse_stun(ByteView message);

// Writes one message. Every call appends; nothing is ever written beyond `out`, and finish() tells.
class StunWriter {
 public:
  StunWriter(ByteSpan out, StunClass message_class, const StunTransactionId& transaction,
             std::uint16_t method = kStunBinding);

  void attribute(StunAttribute type, ByteView value);
  void u32(StunAttribute type, std::uint32_t value);
  void u64(StunAttribute type, std::uint64_t value);
  void text(StunAttribute type, std::string_view value) { attribute(type, as_bytes(value)); }
  void flag(StunAttribute type) { attribute(type, {}); }
  void xor_mapped_address(const SocketAddress& address);
  void error_code(std::uint16_t code, std::string_view reason);
  void unknown_attributes(std::span<const std::uint16_t> types);

  // The last two, in this order. `key` is the password of short-term credentials.
  void message_integrity(std::string_view key);
  void fingerprint();

  // The size of the message in bytes; 0: it did not fit.
  std::size_t finish();

 private:
  void set_length(std::size_t total_bytes);

  ByteWriter writer_;
  StunTransactionId transaction_;
};

}  // namespace consomme::wire
