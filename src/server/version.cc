#include "server/version.h"

namespace consomme::server {

std::string_view version() {
  return CONSOMME_VERSION;
}

}  // namespace consomme::server
