// Stands in where intel-ipsec-mb was not there at build time.
#include "sfu/srtp/cipher.h"

namespace consomme::srtp {

std::unique_ptr<CipherFactory> make_ipsec_mb_factory() {
  return nullptr;
}

}  // namespace consomme::srtp
