// Names that cannot be guessed, for what clients refer to.
#pragma once

#include <string>

namespace consomme::server {

// A version 4 UUID (RFC 9562 §5.4) of the system's random bytes: "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".
std::string random_id();

}  // namespace consomme::server
