#include "socketio/random_id.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "socketio/text.h"

namespace consomme::socketio {

std::string random_id() {
  std::array<unsigned char, 15> bytes;
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the system has random bytes");
  std::string id;
  append_base64(id, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  std::ranges::replace(id, '+', '-');
  std::ranges::replace(id, '/', '_');
  return id;
}

}  // namespace consomme::socketio
