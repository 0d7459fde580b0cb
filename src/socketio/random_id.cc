#include "socketio/random_id.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "socketio/text.h"

namespace consomme::socketio {

namespace {

constexpr std::size_t kIdBytes = 15;
constexpr std::size_t kIdsAtOnce = 32;  // asking for few bytes costs as much as asking for many

std::string_view random_bytes() {
  thread_local std::array<unsigned char, kIdBytes * kIdsAtOnce> bytes;
  thread_local std::size_t used = bytes.size();
  if (used == bytes.size()) {
    check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the system has random bytes");
    used = 0;
  }
  used += kIdBytes;
  return {reinterpret_cast<const char*>(bytes.data()) + used - kIdBytes, kIdBytes};
}

}  // namespace

std::string random_id() {
  std::string id;
  append_base64(id, random_bytes());
  std::ranges::replace(id, '+', '-');
  std::ranges::replace(id, '/', '_');
  return id;
}

}  // namespace consomme::socketio
