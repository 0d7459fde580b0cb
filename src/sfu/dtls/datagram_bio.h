// OpenSSL's view of our datagrams: a BIO that reads the one datagram at hand, whole, and writes whole datagrams to the
// outbox.
#pragma once

#include <openssl/bio.h>

#include "base/bytes.h"
#include "sfu/dtls/outbox.h"

namespace consomme::dtls {

// What such a BIO points to.
struct DatagramPort {
  ByteView incoming;  // read once, then empty
  Outbox outbox;
};

BIO_METHOD* make_datagram_bio_method();  // nullptr if out of memory
BIO* make_datagram_bio(const BIO_METHOD* method, DatagramPort& port);

}  // namespace consomme::dtls
