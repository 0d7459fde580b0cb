#include "sfu/wire/stun_integrity.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstring>

#include "base/check.h"
#include "base/datagram.h"

namespace consomme::wire {
namespace {

constexpr std::uint32_t kFingerprintMask = 0x5354554e;  // "STUN"

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t c = n;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    table[n] = c;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

// The header and attributes in front of `offset`, with the length as it was when the attribute of `attribute_bytes` at
// `offset` was the last one (RFC 8489 §14.5).
class Front {
 public:
  Front(ByteView message, std::size_t offset, std::size_t attribute_bytes) : size_(offset) {
    if (offset > copy_.size()) return;
    std::memcpy(copy_.data(), message.data(), offset);
    store_be<2>(copy_.data() + 2, offset + attribute_bytes - kStunHeaderBytes);
  }
  bool fits() const { return size_ <= copy_.size(); }
  ByteView bytes() const { return ByteView(copy_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxDatagramBytes> copy_;
  std::size_t size_;
};

}  // namespace

std::array<std::uint8_t, kStunIntegrityBytes> stun_integrity(ByteView in_front, std::string_view key) {
  std::array<std::uint8_t, kStunIntegrityBytes> mac;
  unsigned mac_bytes = 0;
  const unsigned char* const made = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), in_front.data(),
                                         in_front.size(), mac.data(), &mac_bytes);
  check(made != nullptr && mac_bytes == mac.size(), "OpenSSL has HMAC-SHA1");
  return mac;
}

std::uint32_t stun_fingerprint(ByteView in_front) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : in_front) crc = kCrcTable[(crc ^ byte) & 0xff] ^ (crc >> 8);
  return ~crc ^ kFingerprintMask;
}

bool integrity_holds(ByteView message, const StunMessage& parsed, std::string_view key) {
  const std::size_t offset = parsed.integrity_offset;
  const Front front(message, offset, kStunIntegrityAttributeBytes);
  if (offset == 0 || !front.fits()) return false;
  const auto expected = stun_integrity(front.bytes(), key);
  return CRYPTO_memcmp(expected.data(), message.data() + offset + 4, expected.size()) == 0;
}

bool fingerprint_holds(ByteView message, const StunMessage& parsed) {
  const std::size_t offset = parsed.fingerprint_offset;
  if (offset == 0) return false;
  return load_be<4>(message.data() + offset + 4) == stun_fingerprint(message.first(offset));
}

}  // namespace consomme::wire
