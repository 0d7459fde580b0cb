#include "server/random_id.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>

#include "base/check.h"

namespace consomme::server {

std::string random_id() {
  std::array<std::uint8_t, 16> bytes{};
  check(RAND_bytes(bytes.data(), bytes.size()) == 1, "the system has random bytes");
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);  // version
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);  // variant
  constexpr const char* kHex = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += kHex[bytes[i] >> 4];
    id += kHex[bytes[i] & 0x0f];
  }
  return id;
}

}  // namespace consomme::server
