// The answers of an ICE-lite agent to a Binding request, as functions from request to bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "sfu/wire/stun.h"

namespace consomme::ice {

// All return the answer's size in bytes; 0: it did not fit `out`.

// Says what address the request came from (RFC 8445 §7.3), signed with `password`.
std::size_t write_success(ByteSpan out, const wire::StunMessage& request, const SocketAddress& from,
                          std::string_view password);

// To an authenticated request. 420 names the attributes that were not understood (RFC 8489 §6.3.1).
std::size_t write_signed_error(ByteSpan out, const wire::StunMessage& request, std::uint16_t code,
                               std::string_view password);

// To a request that proved nothing, so it can not be signed.
std::size_t write_unsigned_error(ByteSpan out, const wire::StunMessage& request, std::uint16_t code);

}  // namespace consomme::ice
