// The SRTP master keys of a finished handshake (RFC 5764 §4.2), as bytes: transport hands them on to srtp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace consomme::dtls {

enum class Role : std::uint8_t { kClient, kServer };

// Wiped when it dies.
struct ExportedKeys {
  std::uint16_t profile = 0;  // number in the DTLS-SRTP registry (RFC 5764 §4.1.2, RFC 7714 §14.2)
  Role role = Role::kServer;  // ours
  std::size_t key_bytes = 0;
  std::size_t salt_bytes = 0;
  std::array<std::uint8_t, 2uz * (32 + 14)> block{};  // client key, server key, client salt, server salt

  ByteView client_key() const { return ByteView(block).first(key_bytes); }
  ByteView server_key() const { return ByteView(block).subspan(key_bytes, key_bytes); }
  ByteView client_salt() const { return ByteView(block).subspan(2 * key_bytes, salt_bytes); }
  ByteView server_salt() const { return ByteView(block).subspan(2 * key_bytes + salt_bytes, salt_bytes); }

  ByteView local_key() const { return role == Role::kClient ? client_key() : server_key(); }
  ByteView local_salt() const { return role == Role::kClient ? client_salt() : server_salt(); }
  ByteView remote_key() const { return role == Role::kClient ? server_key() : client_key(); }
  ByteView remote_salt() const { return role == Role::kClient ? server_salt() : client_salt(); }

  ExportedKeys() = default;
  ExportedKeys(const ExportedKeys&) = default;
  ExportedKeys& operator=(const ExportedKeys&) = default;
  ~ExportedKeys();
};

}  // namespace consomme::dtls
