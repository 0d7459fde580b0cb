#include "sfu/dtls/datagram_bio.h"

#include <openssl/bio.h>

#include <algorithm>
#include <utility>

#include "sfu/dtls/context.h"

namespace consomme::dtls {
namespace {

DatagramPort& port_of(BIO* bio) {
  return *static_cast<DatagramPort*>(BIO_get_data(bio));
}

int read_datagram(BIO* bio, char* out, int capacity) {
  BIO_clear_retry_flags(bio);
  const ByteView datagram = std::exchange(port_of(bio).incoming, {});
  if (datagram.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto size = std::min(datagram.size(), static_cast<std::size_t>(std::max(capacity, 0)));
  std::copy_n(datagram.begin(), size, reinterpret_cast<std::uint8_t*>(out));
  return static_cast<int>(size);
}

int write_datagram(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  if (size > 0)
    port_of(bio).outbox.push({reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)});
  return size;
}

// 0 to all that is not known: OpenSSL asks here whether the kernel encrypts (BIO_CTRL_GET_KTLS_SEND), and who says yes
// to that is handed records without a buffer.
long control(BIO*, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return kMtuBytes;
    default:
      return 0;
  }
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

}  // namespace

BIO_METHOD* make_datagram_bio_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram port");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read(method, read_datagram);
  BIO_meth_set_write(method, write_datagram);
  BIO_meth_set_ctrl(method, control);
  BIO_meth_set_create(method, create);
  return method;
}

BIO* make_datagram_bio(const BIO_METHOD* method, DatagramPort& port) {
  BIO* const bio = BIO_new(method);
  if (bio != nullptr) BIO_set_data(bio, &port);
  return bio;
}

}  // namespace consomme::dtls
