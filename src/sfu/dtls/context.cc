#include "sfu/dtls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "sfu/dtls/datagram_bio.h"
#include "sfu/dtls/session_io.h"

namespace consomme::dtls {
namespace {

// RFC 8827 §6.5 asks for the first; RSA serves as client of a server that has such a certificate.
constexpr const char* kCipherSuites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
// The cheapest to compute first: a server chooses by its own order.
constexpr const char* kSrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";

constexpr std::uint64_t kOptions = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE;

// For every algorithm announced, one of its values is the certificate's. An endpoint with several certificates
// announces every algorithm for each of them (RFC 8122 §5).
bool matches(const std::vector<Fingerprint>& announced, X509* certificate) {
  for (const Fingerprint& a : announced) {
    const Fingerprint actual = fingerprint_of(certificate, a.algorithm);
    if (std::ranges::find(announced, actual) == announced.end()) return false;
  }
  return !announced.empty();
}

// Stands in for the verification of a chain. OpenSSL sends the alert if it says 0.
int verify_peer(X509_STORE_CTX* store, void*) {
  const auto* const ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& io = *static_cast<SessionIo*>(SSL_get_app_data(ssl));
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  const bool known = certificate != nullptr && matches(io.announced, certificate);
  io.verdict = known ? Verdict::kMatches : Verdict::kDiffers;
  X509_STORE_CTX_set_error(store, known ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return known ? 1 : 0;
}

bool configure(SSL_CTX* ctx, const Certificate& certificate) {
  SSL_CTX_set_options(ctx, kOptions);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(ctx, 1);  // a datagram is read whole
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, verify_peer, nullptr);
  constexpr int kUseSrtpSucceeded = 0;  // unlike the others
  return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(ctx, kCipherSuites) == 1 &&
         SSL_CTX_set1_groups_list(ctx, kGroups) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(ctx, kSrtpProfiles) == kUseSrtpSucceeded &&
         SSL_CTX_use_certificate(ctx, certificate.x509()) == 1 && SSL_CTX_use_PrivateKey(ctx, certificate.key()) == 1;
}

}  // namespace

void Context::Free::operator()(SSL_CTX* c) const {
  SSL_CTX_free(c);
}
void Context::Free::operator()(BIO_METHOD* m) const {
  BIO_meth_free(m);
}

Result<Context> Context::make(const Certificate& certificate) {
  ERR_clear_error();
  Context made;
  made.ssl_ctx_.reset(SSL_CTX_new(DTLS_method()));
  made.bio_method_.reset(make_datagram_bio_method());
  if (!made.ssl_ctx_ || !made.bio_method_ || !configure(made.ssl_ctx(), certificate))
    return refuse(ErrorCode::kUnavailable, "OpenSSL cannot do DTLS 1.2 with SRTP as configured");
  return made;
}

}  // namespace consomme::dtls
