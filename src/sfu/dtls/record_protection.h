// What is left to do for an association whose handshake lies behind it: to read the peer's alerts and to write one
// goodbye, with the record keys of epoch 1 (RFC 5246 §6.3, RFC 5288). About a hundred bytes, where OpenSSL's session
// keeps 41 KB until it dies.
//
// Left out: application data (there are no data channels), and a replay window: the first alert that counts ends the
// association.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "sfu/dtls/exported_keys.h"
#include "sfu/dtls/record.h"

namespace consomme::dtls {

// RFC 5246 §7.2.
struct Alert {
  enum class Level : std::uint8_t { kWarning = 1, kFatal = 2 };
  static constexpr std::uint8_t kCloseNotify = 0;

  Level level = Level::kWarning;
  std::uint8_t description = kCloseNotify;

  bool operator==(const Alert&) const = default;
};

class RecordProtection {
 public:
  static constexpr std::size_t kSaltBytes = 4;
  static constexpr std::size_t kExplicitNonceBytes = 8;
  static constexpr std::size_t kTagBytes = 16;
  static constexpr std::size_t kAlertRecordBytes = kRecordHeaderBytes + kExplicitNonceBytes + 2 + kTagBytes;

  // Of a handshake that is done. nullopt for a cipher suite that is not AES-GCM, or when OpenSSL cannot derive the
  // keys.
  static std::optional<RecordProtection> of(SSL* ssl, Role role);
  RecordProtection(const RecordProtection&) = default;
  RecordProtection& operator=(const RecordProtection&) = default;
  ~RecordProtection();

  // nullopt unless `record` is an alert that the peer has encrypted.
  std::optional<Alert> open_alert(const Record& record) const;
  // The one record that is written with these keys.
  std::array<std::uint8_t, kAlertRecordBytes> seal_close_notify() const;

 private:
  struct Direction {
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, kSaltBytes> salt{};
  };
  RecordProtection() = default;

  const EVP_CIPHER* cipher_ = nullptr;  // OpenSSL's own, never freed
  Direction local_;
  Direction remote_;
};

}  // namespace consomme::dtls
