// The OpenSSL backend: one context per direction, keyed once; only the IV changes from packet to packet.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "sfu/srtp/cipher.h"

namespace consomme::srtp {
namespace {

struct Free {
  void operator()(EVP_CIPHER* c) const { EVP_CIPHER_free(c); }
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
  void operator()(EVP_MAC* m) const { EVP_MAC_free(m); }
  void operator()(EVP_MAC_CTX* m) const { EVP_MAC_CTX_free(m); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

CipherContext keyed(EVP_CIPHER* cipher, const SessionKeys& keys, Direction direction) {
  CipherContext context(EVP_CIPHER_CTX_new());
  const int encrypt = direction == Direction::kSeal ? 1 : 0;
  check(context && EVP_CipherInit_ex2(context.get(), cipher, keys.encryption.data(), nullptr, encrypt, nullptr) == 1,
        "a cipher takes its key");
  return context;
}

void feed(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView in) {
  int written = 0;
  check(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1, "a cipher takes data");
}

class GcmCipher : public PacketCipher {
 public:
  GcmCipher(EVP_CIPHER* cipher, const SessionKeys& keys, Direction direction)
      : context_(keyed(cipher, keys, direction)) {}

  void seal(const Iv& iv, const Associated& with, ByteSpan body, ByteView payload, std::uint8_t* tag) override {
    start(iv, with);
    const std::size_t prefix = body.size() - payload.size();
    if (prefix != 0) feed(context_.get(), body.data(), body.first(prefix));
    if (!payload.empty()) feed(context_.get(), body.data() + prefix, payload);
    int written = 0;
    check(EVP_EncryptFinal_ex(context_.get(), tag, &written) == 1 &&
              EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1,
          "GCM gives its tag");
  }

  bool open(const Iv& iv, const Associated& with, ByteView body, ByteView tag, ByteSpan plain) override {
    start(iv, with);
    if (!body.empty()) feed(context_.get(), plain.data(), body);
    std::array<std::uint8_t, kTagBytes> expected;
    std::memcpy(expected.data(), tag.data(), kTagBytes);
    check(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, expected.data()) == 1,
          "GCM takes a tag");
    std::array<std::uint8_t, kTagBytes> nothing;
    int written = 0;
    if (EVP_DecryptFinal_ex(context_.get(), nothing.data(), &written) == 1) return true;
    std::ranges::fill(plain.first(body.size()), std::uint8_t{0});
    return false;
  }

 private:
  static constexpr int kTagBytes = 16;

  void start(const Iv& iv, const Associated& with) {
    check(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, iv.data(), -1, nullptr) == 1, "GCM takes an IV");
    feed(context_.get(), nullptr, with.header);
    if (!with.trailer.empty()) feed(context_.get(), nullptr, with.trailer);
  }

  CipherContext context_;
};

class CmCipher : public PacketCipher {
 public:
  CmCipher(EVP_CIPHER* cipher, EVP_MAC* hmac, const SessionKeys& keys)
      : context_(keyed(cipher, keys, Direction::kSeal)), mac_(EVP_MAC_CTX_new(hmac)) {
    char digest[] = "SHA1";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    check(mac_ && EVP_MAC_init(mac_.get(), keys.authentication.data(), kAuthKeyBytes, parameters) == 1,
          "HMAC-SHA1 takes its key");
  }

  void seal(const Iv& iv, const Associated& with, ByteSpan body, ByteView payload, std::uint8_t* tag) override {
    start(iv);
    const std::size_t prefix = body.size() - payload.size();
    if (prefix != 0) feed(context_.get(), body.data(), body.first(prefix));
    if (!payload.empty()) feed(context_.get(), body.data() + prefix, payload);
    const Mac mac = authenticate(with, body);
    std::memcpy(tag, mac.data(), kTagBytes);
  }

  bool open(const Iv& iv, const Associated& with, ByteView body, ByteView tag, ByteSpan plain) override {
    const Mac mac = authenticate(with, body);
    if (CRYPTO_memcmp(mac.data(), tag.data(), kTagBytes) != 0) {
      std::ranges::fill(plain.first(body.size()), std::uint8_t{0});
      return false;
    }
    start(iv);
    if (!body.empty()) feed(context_.get(), plain.data(), body);
    return true;
  }

 private:
  static constexpr std::size_t kTagBytes = 10;
  using Mac = std::array<std::uint8_t, 20>;

  void start(const Iv& iv) {
    check(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, iv.data(), -1, nullptr) == 1, "AES-CM takes an IV");
  }
  Mac authenticate(const Associated& with, ByteView body) {
    Mac mac;
    std::size_t size = 0;
    check(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 &&
              EVP_MAC_update(mac_.get(), with.header.data(), with.header.size() + body.size()) == 1 &&
              EVP_MAC_update(mac_.get(), with.trailer.data(), with.trailer.size()) == 1 &&
              EVP_MAC_final(mac_.get(), mac.data(), &size, mac.size()) == 1,
          "HMAC-SHA1 gives its tag");
    return mac;
  }

  CipherContext context_;
  std::unique_ptr<EVP_MAC_CTX, Free> mac_;
};

class EvpFactory : public CipherFactory {
 public:
  bool ready() const { return gcm128_ && gcm256_ && ctr128_ && hmac_; }
  std::unique_ptr<PacketCipher> make(const SessionKeys& keys, Direction direction) override {
    switch (keys.profile) {
      case Profile::kAeadAes128Gcm:
        return std::make_unique<GcmCipher>(gcm128_.get(), keys, direction);
      case Profile::kAeadAes256Gcm:
        return std::make_unique<GcmCipher>(gcm256_.get(), keys, direction);
      case Profile::kAes128CmSha1_80:
        return std::make_unique<CmCipher>(ctr128_.get(), hmac_.get(), keys);
    }
    return nullptr;
  }

 private:
  using Cipher = std::unique_ptr<EVP_CIPHER, Free>;
  Cipher gcm128_{EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
  Cipher gcm256_{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  Cipher ctr128_{EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr)};
  std::unique_ptr<EVP_MAC, Free> hmac_{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
};

}  // namespace

std::unique_ptr<CipherFactory> make_evp_factory() {
  auto factory = std::make_unique<EvpFactory>();
  if (!factory->ready()) return nullptr;
  return factory;
}

}  // namespace consomme::srtp
