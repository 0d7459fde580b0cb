// The cipher implementation of one worker thread: intel-ipsec-mb where it is built in and works, else OpenSSL. One
// object per worker, made at start, never shared between threads; it outlives every Inbound and Outbound made with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "sfu/srtp/cipher.h"
#include "sfu/srtp/keys.h"

namespace consomme::srtp {

enum class Backend : std::uint8_t { kIpsecMb, kEvp };

constexpr std::string_view name(Backend b) {
  return b == Backend::kIpsecMb ? "intel-ipsec-mb" : "OpenSSL EVP";
}

class CryptoEngine {
 public:
  // Each backend has to reproduce known packets of every profile before it is used: the preferred one if it does, else
  // EVP; an error if that fails too.
  static Result<CryptoEngine> make(Backend preferred = Backend::kIpsecMb);

  Backend backend() const { return backend_; }
  std::unique_ptr<PacketCipher> cipher(const SessionKeys& keys, Direction direction) const;

 private:
  CryptoEngine(Backend backend, std::unique_ptr<CipherFactory> factory)
      : backend_(backend), factory_(std::move(factory)) {}

  Backend backend_;
  std::unique_ptr<CipherFactory> factory_;
};

}  // namespace consomme::srtp
