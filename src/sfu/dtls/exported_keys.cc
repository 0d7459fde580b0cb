#include "sfu/dtls/exported_keys.h"

#include <openssl/crypto.h>

namespace consomme::dtls {

ExportedKeys::~ExportedKeys() {
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace consomme::dtls
