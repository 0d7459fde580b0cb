#include "sfu/srtp/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace consomme::srtp {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};

// The pseudo-random function of RFC 3711 §4.3.3 (RFC 6188 §3 for 256-bit keys): the key stream of AES counter mode that
// starts at the salt XOR the label. A 96-bit salt stands left in the 112 bits (RFC 7714 §11).
void fill_by_prf(Profile profile, const MasterKey& master, std::uint8_t label, ByteSpan out) {
  Iv start{};
  std::ranges::copy(ByteView(master.salt).first(traits(profile).salt_bytes), start.begin());
  start[7] ^= label;
  const EVP_CIPHER* const cipher = traits(profile).key_bytes == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  int written = 0;
  std::ranges::fill(out, std::uint8_t{0});
  check(context && EVP_EncryptInit_ex2(context.get(), cipher, master.key.data(), start.data(), nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) == 1,
        "AES counter mode is there");
}

bool copy_exactly(ByteView from, ByteSpan to) {
  if (from.size() != to.size()) return false;
  std::ranges::copy(from, to.begin());
  return true;
}

}  // namespace

MasterKey::~MasterKey() {
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(salt.data(), salt.size());
}

SessionKeys::~SessionKeys() {
  OPENSSL_cleanse(encryption.data(), encryption.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
  OPENSSL_cleanse(salt.data(), salt.size());
}

std::optional<KeyingMaterial> make_keying_material(std::uint16_t profile_id, ByteView local_key, ByteView local_salt,
                                                   ByteView remote_key, ByteView remote_salt) {
  const std::optional<Profile> profile = profile_from_id(profile_id);
  if (!profile) return std::nullopt;
  const std::size_t key_bytes = traits(*profile).key_bytes;
  const std::size_t salt_bytes = traits(*profile).salt_bytes;
  KeyingMaterial material;
  material.profile = *profile;
  const bool fits = copy_exactly(local_key, ByteSpan(material.local.key).first(key_bytes)) &&
                    copy_exactly(local_salt, ByteSpan(material.local.salt).first(salt_bytes)) &&
                    copy_exactly(remote_key, ByteSpan(material.remote.key).first(key_bytes)) &&
                    copy_exactly(remote_salt, ByteSpan(material.remote.salt).first(salt_bytes));
  if (!fits) return std::nullopt;
  return material;
}

SessionKeys derive(Profile profile, const MasterKey& master, Kind kind) {
  const auto base = static_cast<std::uint8_t>(kind);
  SessionKeys keys;
  keys.profile = profile;
  fill_by_prf(profile, master, base, ByteSpan(keys.encryption).first(traits(profile).key_bytes));
  if (!traits(profile).aead) fill_by_prf(profile, master, static_cast<std::uint8_t>(base + 1), keys.authentication);
  fill_by_prf(profile, master, static_cast<std::uint8_t>(base + 2),
              ByteSpan(keys.salt).first(traits(profile).salt_bytes));
  return keys;
}

Iv make_iv(const SessionKeys& keys, std::uint32_t ssrc, std::uint64_t index) {
  // GCM: two zero bytes, SSRC, 48-bit index. AES-CM: four zero bytes, SSRC, 48-bit index, 16-bit block counter.
  const std::size_t at = traits(keys.profile).aead ? 2 : 4;
  Iv iv{};
  store_be<4>(iv.data() + at, ssrc);
  store_be<6>(iv.data() + at + 4, index);
  for (std::size_t i = 0; i < kMaxSaltBytes; ++i) iv[i] ^= keys.salt[i];
  return iv;
}

}  // namespace consomme::srtp
