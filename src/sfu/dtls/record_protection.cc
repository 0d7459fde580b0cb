#include "sfu/dtls/record_protection.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace consomme::dtls {
namespace {

struct Free {
  void operator()(EVP_KDF* k) const { EVP_KDF_free(k); }
  void operator()(EVP_KDF_CTX* k) const { EVP_KDF_CTX_free(k); }
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};

// GCM has no MAC keys: client key, server key, client salt, server salt (RFC 5246 §6.3, RFC 5288 §3).
constexpr std::size_t kMaxKeyBytes = 32;
struct KeyBlock {
  std::array<std::uint8_t, 2 * (kMaxKeyBytes + RecordProtection::kSaltBytes)> bytes{};
  ~KeyBlock() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

const EVP_CIPHER* aes_gcm_of(const SSL* ssl) {
  switch (SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl))) {
    case NID_aes_128_gcm:
      return EVP_aes_128_gcm();
    case NID_aes_256_gcm:
      return EVP_aes_256_gcm();
    default:
      return nullptr;
  }
}

// PRF(master_secret, "key expansion", server_random + client_random). OpenSSL's exporter refuses this label.
bool expand(SSL* ssl, ByteSpan out) {
  std::array<std::uint8_t, SSL_MAX_MASTER_KEY_LENGTH> secret{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> client{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> server{};
  const std::size_t secret_bytes = SSL_SESSION_get_master_key(SSL_get_session(ssl), secret.data(), secret.size());
  const std::size_t client_bytes = SSL_get_client_random(ssl, client.data(), client.size());
  const std::size_t server_bytes = SSL_get_server_random(ssl, server.data(), server.size());
  const char* const hash = EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl)));
  char label[] = "key expansion";

  const std::unique_ptr<EVP_KDF, Free> prf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(prf.get()));
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(hash), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret.data(), secret_bytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server.data(), server_bytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client.data(), client_bytes),
      OSSL_PARAM_construct_end(),
  };
  const bool ok = context && EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return ok;
}

using Nonce = std::array<std::uint8_t, RecordProtection::kSaltBytes + RecordProtection::kExplicitNonceBytes>;

Nonce nonce_of(ByteView salt, ByteView explicit_nonce) {
  Nonce nonce;
  const auto rest = std::ranges::copy(salt, nonce.begin()).out;
  std::ranges::copy(explicit_nonce, rest);
  return nonce;
}

// RFC 5246 §6.2.3.3: the header, with the length of the plaintext.
std::array<std::uint8_t, kRecordHeaderBytes> additional_data(std::uint64_t epoch_and_number, std::size_t plain_bytes) {
  std::array<std::uint8_t, kRecordHeaderBytes> bytes{};
  ByteWriter writer(bytes);
  writer.u64(epoch_and_number);
  writer.u8(static_cast<std::uint8_t>(ContentType::kAlert));
  writer.u16(kDtls12);
  writer.u16(static_cast<std::uint16_t>(plain_bytes));
  return bytes;
}

bool update(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView in) {
  int written = 0;
  return EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1;
}

}  // namespace

std::optional<RecordProtection> RecordProtection::of(SSL* ssl, Role role) {
  RecordProtection made;
  made.cipher_ = aes_gcm_of(ssl);
  if (made.cipher_ == nullptr) return std::nullopt;
  const auto key_bytes = static_cast<std::size_t>(EVP_CIPHER_get_key_length(made.cipher_));
  KeyBlock block;
  const ByteSpan used = ByteSpan(block.bytes).first(2 * (key_bytes + kSaltBytes));
  ERR_clear_error();
  if (!expand(ssl, used)) return std::nullopt;

  Direction& client = role == Role::kClient ? made.local_ : made.remote_;
  Direction& server = role == Role::kClient ? made.remote_ : made.local_;
  ByteReader reader(used);
  std::ranges::copy(reader.bytes(key_bytes), client.key.begin());
  std::ranges::copy(reader.bytes(key_bytes), server.key.begin());
  std::ranges::copy(reader.bytes(kSaltBytes), client.salt.begin());
  std::ranges::copy(reader.bytes(kSaltBytes), server.salt.begin());
  return made;
}

RecordProtection::~RecordProtection() {
  OPENSSL_cleanse(&local_, sizeof local_);
  OPENSSL_cleanse(&remote_, sizeof remote_);
}

std::optional<Alert> RecordProtection::open_alert(const Record& record) const {
  std::array<std::uint8_t, 2> plain{};
  const bool an_alert = record.type == ContentType::kAlert && record.epoch == 1 &&
                        record.fragment.size() == kExplicitNonceBytes + plain.size() + kTagBytes;
  if (!an_alert) return std::nullopt;
  const Nonce nonce = nonce_of(remote_.salt, record.fragment.first(kExplicitNonceBytes));
  const auto with = additional_data(record.epoch_and_number, plain.size());
  std::array<std::uint8_t, kTagBytes> tag;
  std::ranges::copy(record.fragment.last(kTagBytes), tag.begin());

  ERR_clear_error();
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool authentic =
      context && EVP_DecryptInit_ex2(context.get(), cipher_, remote_.key.data(), nonce.data(), nullptr) == 1 &&
      update(context.get(), nullptr, with) &&
      update(context.get(), plain.data(), record.fragment.subspan(kExplicitNonceBytes, plain.size())) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), plain.data() + plain.size(), &written) == 1;
  if (!authentic) return std::nullopt;
  return Alert{static_cast<Alert::Level>(plain[0]), plain[1]};
}

std::array<std::uint8_t, RecordProtection::kAlertRecordBytes> RecordProtection::seal_close_notify() const {
  // A number is a nonce, which must not come twice (RFC 5288 §3). OpenSSL counted from 0, one for each copy of our
  // last flight; a peer's replay window takes any higher number (RFC 6347 §4.1.2.6).
  constexpr std::uint64_t kEpochAndNumber = 1ull << 48 | 1ull << 32;
  constexpr std::array<std::uint8_t, 2> kPlain = {static_cast<std::uint8_t>(Alert::Level::kWarning),
                                                  Alert::kCloseNotify};
  std::array<std::uint8_t, kAlertRecordBytes> record{};
  ByteWriter writer(record);
  writer.u8(static_cast<std::uint8_t>(ContentType::kAlert));
  writer.u16(kDtls12);
  writer.u64(kEpochAndNumber);
  writer.u16(kAlertRecordBytes - kRecordHeaderBytes);
  writer.u64(kEpochAndNumber);
  const ByteSpan body = ByteSpan(record).subspan(kRecordHeaderBytes + kExplicitNonceBytes);
  const Nonce nonce = nonce_of(local_.salt, ByteView(record).subspan(kRecordHeaderBytes, kExplicitNonceBytes));

  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  int written = 0;
  check(context && EVP_EncryptInit_ex2(context.get(), cipher_, local_.key.data(), nonce.data(), nullptr) == 1 &&
            update(context.get(), nullptr, additional_data(kEpochAndNumber, kPlain.size())) &&
            update(context.get(), body.data(), kPlain) &&
            EVP_EncryptFinal_ex(context.get(), body.data() + kPlain.size(), &written) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, body.data() + kPlain.size()) == 1,
        "GCM seals an alert");
  return record;
}

}  // namespace consomme::dtls
