// Our DTLS identity: a self-signed ECDSA P-256 certificate, made once when the process starts and shared by all
// sessions. Nobody verifies it by a chain; peers compare its fingerprint with the one that signaling told them (RFC
// 8827 §6.5).
#pragma once

#include <openssl/types.h>

#include <memory>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "sfu/dtls/fingerprint.h"

namespace consomme::dtls {

class Certificate {
 public:
  // Valid from a day before `now` (clocks differ) for a year. The key comes from OpenSSL's random generator.
  static Result<Certificate> make(Instant now);

  Fingerprint fingerprint(HashAlgorithm algorithm = HashAlgorithm::kSha256) const;
  std::vector<Fingerprint> fingerprints() const;  // all algorithms, sha-256 last: mediasoup clients take the last

  X509* x509() const { return x509_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  struct Free {
    void operator()(X509* x) const;
    void operator()(EVP_PKEY* k) const;
  };
  Certificate() = default;

  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> x509_;
};

// The digest of a certificate's DER form.
Fingerprint fingerprint_of(X509* certificate, HashAlgorithm algorithm);

}  // namespace consomme::dtls
