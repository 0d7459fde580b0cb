// The intel-ipsec-mb backend: one manager, whose direct GCM calls take key, IV and packet at once, out of place. AES-CM
// with HMAC-SHA1 goes through the library's job interface, one packet at a time.
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/datagram.h"
#include "sfu/srtp/cipher.h"

namespace consomme::srtp {
namespace {

// What all ciphers of one engine share; used by one thread.
struct Manager {
  struct Free {
    void operator()(IMB_MGR* m) const { free_mb_mgr(m); }
  };
  std::unique_ptr<IMB_MGR, Free> mgr{alloc_mb_mgr(0)};
  alignas(64) gcm_context_data gcm{};
  std::array<std::uint8_t, kMaxDatagramBytes + 4> scratch{};  // an incoming packet and the rollover counter behind it
};

class GcmCipher : public PacketCipher {
 public:
  GcmCipher(Manager& manager, const SessionKeys& keys)
      : mgr_(manager.mgr.get()), context_(&manager.gcm), wide_(keys.encryption_key().size() == 32) {
    if (wide_)
      IMB_AES256_GCM_PRE(mgr_, keys.encryption.data(), &key_);
    else
      IMB_AES128_GCM_PRE(mgr_, keys.encryption.data(), &key_);
  }
  ~GcmCipher() override { OPENSSL_cleanse(&key_, sizeof key_); }
  GcmCipher(const GcmCipher&) = delete;
  GcmCipher& operator=(const GcmCipher&) = delete;

  void seal(const Iv& iv, const Associated& with, ByteSpan body, ByteView payload, std::uint8_t* tag) override {
    const Aad aad(with);
    const std::size_t prefix = body.size() - payload.size();
    if (prefix == 0)
      encrypt(wide_ ? mgr_->gcm256_enc : mgr_->gcm128_enc, body.data(), payload, iv, aad, tag);
    else
      encrypt_in_pieces(body, prefix, payload, iv, aad, tag);
  }

  bool open(const Iv& iv, const Associated& with, ByteView body, ByteView tag, ByteSpan plain) override {
    const Aad aad(with);
    std::array<std::uint8_t, kTagBytes> computed;
    encrypt(wide_ ? mgr_->gcm256_dec : mgr_->gcm128_dec, plain.data(), body, iv, aad, computed.data());
    if (CRYPTO_memcmp(computed.data(), tag.data(), kTagBytes) == 0) return true;
    std::ranges::fill(plain.first(body.size()), std::uint8_t{0});
    return false;
  }

 private:
  static constexpr std::size_t kTagBytes = 16;

  // Header and trailer as one run: only SRTCP has a trailer, behind a header of 8 bytes (RFC 7714 §9.2).
  struct Aad {
    explicit Aad(const Associated& with) : bytes(with.header) {
      if (with.trailer.empty()) return;
      check(with.header.size() + with.trailer.size() == joined.size(), "only SRTCP's fixed header has a trailer");
      std::memcpy(joined.data(), with.header.data(), with.header.size());
      std::memcpy(joined.data() + with.header.size(), with.trailer.data(), with.trailer.size());
      bytes = joined;
    }
    Aad(const Aad&) = delete;
    Aad& operator=(const Aad&) = delete;
    std::array<std::uint8_t, 12> joined;
    ByteView bytes;
  };

  void encrypt(aes_gcm_enc_dec_t whole, std::uint8_t* out, ByteView in, const Iv& iv, const Aad& aad,
               std::uint8_t* tag) {
    whole(&key_, context_, out, in.data(), in.size(), iv.data(), aad.bytes.data(), aad.bytes.size(), tag, kTagBytes);
  }
  void encrypt_in_pieces(ByteSpan body, std::size_t prefix, ByteView payload, const Iv& iv, const Aad& aad,
                         std::uint8_t* tag) {
    const auto init = wide_ ? mgr_->gcm256_init : mgr_->gcm128_init;
    const auto update = wide_ ? mgr_->gcm256_enc_update : mgr_->gcm128_enc_update;
    const auto finalize = wide_ ? mgr_->gcm256_enc_finalize : mgr_->gcm128_enc_finalize;
    init(&key_, context_, iv.data(), aad.bytes.data(), aad.bytes.size());
    update(&key_, context_, body.data(), body.data(), prefix);
    update(&key_, context_, body.data() + prefix, payload.data(), payload.size());
    finalize(&key_, context_, tag, kTagBytes);
  }

  IMB_MGR* mgr_;
  gcm_context_data* context_;
  bool wide_;
  alignas(64) gcm_key_data key_;  // the AVX-512 code stores to it aligned, which its type does not say
};

class CmCipher : public PacketCipher {
 public:
  CmCipher(Manager& manager, const SessionKeys& keys) : manager_(&manager), mgr_(manager.mgr.get()) {
    std::array<std::uint32_t, 60> unused_decryption_keys;
    IMB_AES_KEYEXP_128(mgr_, keys.encryption.data(), key_.data(), unused_decryption_keys.data());
    OPENSSL_cleanse(unused_decryption_keys.data(), sizeof unused_decryption_keys);
    hash_pad(keys, 0x36, inner_.data());
    hash_pad(keys, 0x5c, outer_.data());
  }
  ~CmCipher() override {
    OPENSSL_cleanse(key_.data(), sizeof key_);
    OPENSSL_cleanse(inner_.data(), sizeof inner_);
    OPENSSL_cleanse(outer_.data(), sizeof outer_);
  }
  CmCipher(const CmCipher&) = delete;
  CmCipher& operator=(const CmCipher&) = delete;

  void seal(const Iv& iv, const Associated& with, ByteSpan body, ByteView payload, std::uint8_t* tag) override {
    const std::size_t prefix = body.size() - payload.size();
    // The key stream runs through both pieces, so what lies before the payload in its first block is worked on again.
    if (prefix == 0) {
      crypt(iv, payload, body.data());
    } else {
      std::memcpy(body.data() + prefix, payload.data(), payload.size());
      crypt(iv, body, body.data());
    }
    std::memcpy(body.data() + body.size(), with.trailer.data(), with.trailer.size());
    const Mac mac = authenticate({with.header.data(), with.header.size() + body.size() + with.trailer.size()});
    std::memcpy(tag, mac.data(), kTagBytes);
  }

  bool open(const Iv& iv, const Associated& with, ByteView body, ByteView tag, ByteSpan plain) override {
    const std::size_t packet = with.header.size() + body.size();
    check(packet + with.trailer.size() <= manager_->scratch.size(), "a packet fits into a datagram");
    std::memcpy(manager_->scratch.data(), with.header.data(), packet);
    std::memcpy(manager_->scratch.data() + packet, with.trailer.data(), with.trailer.size());
    const Mac mac = authenticate(ByteView(manager_->scratch).first(packet + with.trailer.size()));
    if (CRYPTO_memcmp(mac.data(), tag.data(), kTagBytes) != 0) {
      std::ranges::fill(plain.first(body.size()), std::uint8_t{0});
      return false;
    }
    crypt(iv, body, plain.data());
    return true;
  }

 private:
  static constexpr std::size_t kTagBytes = 10;
  using Mac = std::array<std::uint8_t, 20>;

  // The SHA-1 state after one block of key XOR pad (RFC 2104 §4).
  void hash_pad(const SessionKeys& keys, std::uint8_t pad, std::uint32_t* state) {
    std::array<std::uint8_t, 64> block;
    block.fill(pad);
    for (std::size_t i = 0; i < kAuthKeyBytes; ++i) block[i] = static_cast<std::uint8_t>(keys.authentication[i] ^ pad);
    IMB_SHA1_ONE_BLOCK(mgr_, block.data(), state);
    OPENSSL_cleanse(block.data(), block.size());
  }

  void crypt(const Iv& iv, ByteView in, std::uint8_t* out) {
    if (in.empty()) return;
    IMB_JOB job{};
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.chain_order = IMB_ORDER_CIPHER_HASH;
    job.hash_alg = IMB_AUTH_NULL;
    job.enc_keys = key_.data();
    job.key_len_in_bytes = IMB_KEY_128_BYTES;
    job.src = in.data();
    job.dst = out;
    job.msg_len_to_cipher_in_bytes = in.size();
    job.iv = iv.data();
    job.iv_len_in_bytes = iv.size();
    const std::uint32_t done =
        IMB_SUBMIT_CIPHER_BURST_NOCHECK(mgr_, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES);
    check(done == 1, "a job that was submitted alone is done");
  }

  Mac authenticate(ByteView bytes) {
    Mac mac;
    IMB_JOB job{};
    job.cipher_mode = IMB_CIPHER_NULL;
    job.chain_order = IMB_ORDER_HASH_CIPHER;
    job.hash_alg = IMB_AUTH_HMAC_SHA_1;
    job.src = bytes.data();
    job.msg_len_to_hash_in_bytes = bytes.size();
    job.u.HMAC._hashed_auth_key_xor_ipad = reinterpret_cast<const std::uint8_t*>(inner_.data());
    job.u.HMAC._hashed_auth_key_xor_opad = reinterpret_cast<const std::uint8_t*>(outer_.data());
    job.auth_tag_output = mac.data();
    job.auth_tag_output_len_in_bytes = mac.size();
    const std::uint32_t done = IMB_SUBMIT_HASH_BURST_NOCHECK(mgr_, &job, 1, IMB_AUTH_HMAC_SHA_1);
    check(done == 1, "a job that was submitted alone is done");
    return mac;
  }

  Manager* manager_;
  IMB_MGR* mgr_;
  alignas(64) std::array<std::uint32_t, 60> key_;
  alignas(64) std::array<std::uint32_t, 5> inner_;
  alignas(64) std::array<std::uint32_t, 5> outer_;
};

class IpsecMbFactory : public CipherFactory {
 public:
  // Whether the library found an instruction set of this processor and passed its own self-test.
  bool ready() {
    if (manager_.mgr == nullptr) return false;
    init_mb_mgr_auto(manager_.mgr.get(), nullptr);
    return imb_get_errno(manager_.mgr.get()) == 0 && (manager_.mgr->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
  }
  std::unique_ptr<PacketCipher> make(const SessionKeys& keys, Direction) override {
    if (traits(keys.profile).aead) return std::make_unique<GcmCipher>(manager_, keys);
    return std::make_unique<CmCipher>(manager_, keys);
  }

 private:
  Manager manager_;
};

}  // namespace

std::unique_ptr<CipherFactory> make_ipsec_mb_factory() {
  auto factory = std::make_unique<IpsecMbFactory>();
  if (!factory->ready()) return nullptr;
  return factory;
}

}  // namespace consomme::srtp
