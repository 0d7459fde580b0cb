// What all DTLS sessions share: DTLS 1.2 only, ECDHE with AEAD suites, the SRTP profiles in our order, a peer
// certificate required, no cookie exchange (STUN has validated the address), no tickets, no session cache, no
// renegotiation.
#pragma once

#include <openssl/bio.h>
#include <openssl/types.h>

#include <cstddef>
#include <memory>

#include "base/error.h"
#include "sfu/dtls/certificate.h"

namespace consomme::dtls {

// Datagrams we send fit into any path that carries RTP of this size; IPv6, TURN and VPN headers still find room.
inline constexpr std::size_t kMtuBytes = 1200;

class Context {
 public:
  static Result<Context> make(const Certificate& certificate);

  SSL_CTX* ssl_ctx() const { return ssl_ctx_.get(); }
  const BIO_METHOD* bio_method() const { return bio_method_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* c) const;
    void operator()(BIO_METHOD* m) const;
  };
  Context() = default;

  std::unique_ptr<SSL_CTX, Free> ssl_ctx_;
  std::unique_ptr<BIO_METHOD, Free> bio_method_;
};

}  // namespace consomme::dtls
