// What OpenSSL's callbacks reach of a session: its datagrams, and who its peer must be. Kept as the SSL object's app
// data.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <vector>

#include "sfu/dtls/datagram_bio.h"
#include "sfu/dtls/fingerprint.h"

namespace consomme::dtls {

enum class Verdict : std::uint8_t { kUnseen, kMatches, kDiffers };

struct SessionIo {
  DatagramPort port;
  std::vector<Fingerprint> announced;  // by signaling
  Verdict verdict = Verdict::kUnseen;  // of the verification, on the peer's certificate
};

}  // namespace consomme::dtls
