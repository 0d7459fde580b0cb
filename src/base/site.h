// Whom the limits of an address take together: all of an IPv6 /64, for a single link has that many addresses (RFC 4291
// §2.5.4), of which its hosts choose at will (RFC 8981).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/address.h"

namespace consomme {

inline IpAddress site_of(const IpAddress& ip) {
  if (ip.is_v4()) return ip;
  std::array<std::uint8_t, 16> bytes = ip.v6_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return IpAddress::v6(bytes);
}

}  // namespace consomme
