#include "sfu/dtls/certificate.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "base/check.h"

namespace consomme::dtls {
namespace {

const EVP_MD* digest_of(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha1:
      return EVP_sha1();
    case HashAlgorithm::kSha224:
      return EVP_sha224();
    case HashAlgorithm::kSha256:
      return EVP_sha256();
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

// RFC 5280 §4.1.2.2: positive, and unlike any other of the same issuer, as the digest of the key is.
bool set_serial(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_pubkey_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return false;
  std::uint64_t serial = 0;
  std::memcpy(&serial, digest.data(), sizeof serial);
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

bool set_validity(X509* certificate, Instant now) {
  using std::chrono::days, std::chrono::seconds;
  const auto at = std::chrono::duration_cast<seconds>(now.time_since_epoch());
  const auto from = std::max(seconds(0), at - days(1));
  const auto until = at + days(365);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from.count()) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), until.count()) != nullptr;
}

bool set_name(X509* certificate) {
  constexpr std::string_view kCommonName = "WebRTC";  // says nothing about us, like the browsers' own
  X509_NAME* const subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(kCommonName.data()),
                                    static_cast<int>(kCommonName.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

}  // namespace

void Certificate::Free::operator()(X509* x) const {
  X509_free(x);
}
void Certificate::Free::operator()(EVP_PKEY* k) const {
  EVP_PKEY_free(k);
}

Result<Certificate> Certificate::make(Instant now) {
  Certificate made;
  made.key_.reset(EVP_EC_gen("P-256"));
  made.x509_.reset(X509_new());
  constexpr long kVersion3 = 2;
  const bool ok = made.key_ && made.x509_ && X509_set_version(made.x509(), kVersion3) == 1 &&
                  X509_set_pubkey(made.x509(), made.key()) == 1 && set_serial(made.x509()) &&
                  set_validity(made.x509(), now) && set_name(made.x509()) &&
                  X509_sign(made.x509(), made.key(), EVP_sha256()) != 0;
  if (!ok) return refuse(ErrorCode::kUnavailable, "OpenSSL cannot make an ECDSA P-256 certificate");
  return made;
}

Fingerprint Certificate::fingerprint(HashAlgorithm algorithm) const {
  return fingerprint_of(x509(), algorithm);
}

std::vector<Fingerprint> Certificate::fingerprints() const {
  std::vector<Fingerprint> all;
  for (const HashTraits& hash : kHashes)
    if (hash.algorithm != HashAlgorithm::kSha256) all.push_back(fingerprint(hash.algorithm));
  all.push_back(fingerprint(HashAlgorithm::kSha256));
  return all;
}

Fingerprint fingerprint_of(X509* certificate, HashAlgorithm algorithm) {
  Fingerprint fingerprint{.algorithm = algorithm};
  unsigned int size = 0;
  const int ok = X509_digest(certificate, digest_of(algorithm), fingerprint.bytes.data(), &size);
  check(ok == 1 && size == traits(algorithm).bytes, "a certificate has a digest");
  return fingerprint;
}

}  // namespace consomme::dtls
