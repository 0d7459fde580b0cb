#include "sfu/wire/stun.h"

#include <algorithm>

#include "sfu/wire/stun_integrity.h"

namespace consomme::wire {
namespace {

constexpr std::size_t kLengthOffset = 2;
constexpr std::uint8_t kFamilyV4 = 1;
constexpr std::uint8_t kFamilyV6 = 2;
constexpr std::uint16_t kPortMask = kStunMagicCookie >> 16;
constexpr std::uint16_t kComprehensionOptional = 0x8000;

constexpr std::size_t padded(std::size_t n) {
  return (n + 3) / 4 * 4;
}

// The method's bits lie around the two class bits (RFC 8489 §5).
constexpr std::uint16_t message_type(StunClass message_class, std::uint16_t method) {
  const unsigned c = static_cast<unsigned>(message_class);
  const unsigned m = method;
  return static_cast<std::uint16_t>((m & 0xf80) << 2 | (m & 0x070) << 1 | (m & 0x00f) | (c & 2) << 7 | (c & 1) << 4);
}
constexpr StunClass class_of(std::uint16_t type) {
  return static_cast<StunClass>((type >> 7 & 2) | (type >> 4 & 1));
}
constexpr std::uint16_t method_of(std::uint16_t type) {
  return static_cast<std::uint16_t>((type >> 2 & 0xf80) | (type >> 1 & 0x070) | (type & 0x00f));
}

// What an address is masked with: the cookie, and for IPv6 the transaction id behind it (RFC 8489 §14.2).
std::array<std::uint8_t, 16> address_mask(const StunTransactionId& transaction) {
  std::array<std::uint8_t, 16> mask;
  store_be<4>(mask.data(), kStunMagicCookie);
  std::ranges::copy(transaction, mask.begin() + 4);
  return mask;
}

bool read_u32(ByteView value, std::optional<std::uint32_t>& out) {
  if (value.size() != 4) return false;
  if (!out) out = static_cast<std::uint32_t>(load_be<4>(value.data()));
  return true;
}

bool read_u64(ByteView value, std::optional<std::uint64_t>& out) {
  if (value.size() != 8) return false;
  if (!out) out = load_be<8>(value.data());
  return true;
}

bool read_username(ByteView value, std::optional<std::string_view>& out) {
  if (value.size() > kMaxStunUsernameBytes) return false;
  if (!out) out = as_text(value);
  return true;
}

bool read_error_code(ByteView value, std::optional<std::uint16_t>& out) {
  if (value.size() < 4) return false;
  const std::uint8_t hundreds = value[2] & 0x07;
  const std::uint8_t rest = value[3];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return false;
  if (!out) out = static_cast<std::uint16_t>(hundreds * 100 + rest);
  return true;
}

bool read_address(ByteView value, const StunTransactionId& transaction, std::optional<SocketAddress>& out) {
  ByteReader reader(value);
  reader.skip(1);
  const std::uint8_t family = reader.u8();
  const auto port = static_cast<std::uint16_t>(reader.u16() ^ kPortMask);
  const std::size_t expected_bytes = family == kFamilyV4 ? 4 : 16;
  if (!reader.ok() || (family != kFamilyV4 && family != kFamilyV6) || reader.remaining() != expected_bytes)
    return false;

  std::array<std::uint8_t, 16> ip = address_mask(transaction);
  for (std::size_t i = 0; i < expected_bytes; ++i) ip[i] ^= reader.u8();
  const IpAddress address =
      family == kFamilyV4 ? IpAddress::v4(static_cast<std::uint32_t>(load_be<4>(ip.data()))) : IpAddress::v6(ip);
  if (!out) out = SocketAddress{address, port};
  return true;
}

void note_unknown(StunUnknownAttributes& unknown, std::uint16_t type) {
  if (unknown.count < StunUnknownAttributes::kMax) unknown.types[unknown.count++] = type;
}

// False: the value has not the shape that its type asks for.
bool read_attribute(StunMessage& message, std::uint16_t type, ByteView value, std::uint16_t offset) {
  switch (StunAttribute{type}) {
    case StunAttribute::kUsername:
      return read_username(value, message.username);
    case StunAttribute::kPriority:
      return read_u32(value, message.priority);
    case StunAttribute::kNomination:
      return read_u32(value, message.nomination);
    case StunAttribute::kIceControlled:
      return read_u64(value, message.ice_controlled);
    case StunAttribute::kIceControlling:
      return read_u64(value, message.ice_controlling);
    case StunAttribute::kErrorCode:
      return read_error_code(value, message.error_code);
    case StunAttribute::kXorMappedAddress:
      return read_address(value, message.transaction, message.xor_mapped_address);
    case StunAttribute::kUseCandidate:
      message.use_candidate = true;
      return value.empty();
    case StunAttribute::kMessageIntegrity:
      message.integrity_offset = offset;
      return value.size() == kStunIntegrityBytes;
    case StunAttribute::kMappedAddress:
    case StunAttribute::kUnknownAttributes:
    case StunAttribute::kRealm:
    case StunAttribute::kNonce:
    case StunAttribute::kMessageIntegritySha256:
    case StunAttribute::kSoftware:
    case StunAttribute::kFingerprint:
      return true;
  }
  if (type < kComprehensionOptional) note_unknown(message.unknown, type);
  return true;
}

bool read_attributes(StunMessage& message, ByteReader reader) {
  while (reader.remaining() != 0) {
    const auto offset = static_cast<std::uint16_t>(reader.offset());
    const std::uint16_t type = reader.u16();
    const std::uint16_t size = reader.u16();
    const ByteView value = reader.bytes(size);
    reader.skip(padded(size) - size);
    if (!reader.ok()) return false;
    if (type == static_cast<std::uint16_t>(StunAttribute::kFingerprint)) {
      message.fingerprint_offset = offset;
      return size == 4 && reader.remaining() == 0;  // it is the last (RFC 8489 §14.7)
    }
    if (message.integrity_offset != 0) continue;
    if (!read_attribute(message, type, value, offset)) return false;
  }
  return true;
}

}  // namespace

std::expected<StunMessage, StunError> parse_stun(ByteView bytes) {
  if (bytes.size() < kStunHeaderBytes) return std::unexpected(StunError::kShort);
  ByteReader reader(bytes);
  const std::uint16_t type = reader.u16();
  const std::uint16_t length = reader.u16();
  if (type >> 14 != 0 || reader.u32() != kStunMagicCookie) return std::unexpected(StunError::kHeader);
  if (length % 4 != 0 || bytes.size() != kStunHeaderBytes + length) return std::unexpected(StunError::kLength);

  StunMessage message;
  message.message_class = class_of(type);
  message.method = method_of(type);
  std::ranges::copy(reader.bytes(message.transaction.size()), message.transaction.begin());
  if (!read_attributes(message, reader)) return std::unexpected(StunError::kAttribute);
  return message;
}

StunWriter::StunWriter(ByteSpan out, StunClass message_class, const StunTransactionId& transaction,
                       std::uint16_t method)
    : writer_(out), transaction_(transaction) {
  writer_.u16(message_type(message_class, method));
  writer_.u16(0);
  writer_.u32(kStunMagicCookie);
  writer_.bytes(transaction);
}

void StunWriter::attribute(StunAttribute type, ByteView value) {
  writer_.u16(static_cast<std::uint16_t>(type));
  writer_.u16(static_cast<std::uint16_t>(value.size()));
  writer_.bytes(value);
  writer_.zeros(padded(value.size()) - value.size());
}

void StunWriter::u32(StunAttribute type, std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes;
  store_be<4>(bytes.data(), value);
  attribute(type, bytes);
}

void StunWriter::u64(StunAttribute type, std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes;
  store_be<8>(bytes.data(), value);
  attribute(type, bytes);
}

void StunWriter::xor_mapped_address(const SocketAddress& address) {
  const bool v4 = address.ip.is_v4();
  const std::size_t ip_bytes = v4 ? 4 : 16;
  const ByteView ip = ByteView(address.ip.v6_bytes()).last(ip_bytes);
  const std::array<std::uint8_t, 16> mask = address_mask(transaction_);

  std::array<std::uint8_t, 20> value;
  ByteWriter writer(value);
  writer.u8(0);
  writer.u8(v4 ? kFamilyV4 : kFamilyV6);
  writer.u16(address.port ^ kPortMask);
  for (std::size_t i = 0; i < ip_bytes; ++i) writer.u8(ip[i] ^ mask[i]);
  attribute(StunAttribute::kXorMappedAddress, writer.written());
}

void StunWriter::error_code(std::uint16_t code, std::string_view reason) {
  constexpr std::size_t kMaxReasonBytes = 128;  // RFC 8489 §14.8: fewer than 128 characters
  std::array<std::uint8_t, 4 + kMaxReasonBytes> value;
  ByteWriter writer(value);
  writer.u16(0);
  writer.u8(static_cast<std::uint8_t>(code / 100));
  writer.u8(static_cast<std::uint8_t>(code % 100));
  writer.bytes(as_bytes(reason.substr(0, kMaxReasonBytes)));
  attribute(StunAttribute::kErrorCode, writer.written());
}

void StunWriter::unknown_attributes(std::span<const std::uint16_t> types) {
  std::array<std::uint8_t, 2 * StunUnknownAttributes::kMax> value;
  ByteWriter writer(value);
  for (const std::uint16_t type : types.first(std::min(types.size(), StunUnknownAttributes::kMax))) writer.u16(type);
  attribute(StunAttribute::kUnknownAttributes, writer.written());
}

void StunWriter::set_length(std::size_t total_bytes) {
  writer_.patch_u16(kLengthOffset, static_cast<std::uint16_t>(total_bytes - kStunHeaderBytes));
}

void StunWriter::message_integrity(std::string_view key) {
  set_length(writer_.size() + kStunIntegrityAttributeBytes);
  attribute(StunAttribute::kMessageIntegrity, stun_integrity(writer_.written(), key));
}

void StunWriter::fingerprint() {
  set_length(writer_.size() + kStunFingerprintAttributeBytes);
  u32(StunAttribute::kFingerprint, stun_fingerprint(writer_.written()));
}

std::size_t StunWriter::finish() {
  if (!writer_.ok()) return 0;
  set_length(writer_.size());
  return writer_.size();
}

}  // namespace consomme::wire
