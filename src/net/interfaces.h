// Which addresses of this host a peer may be told when the configuration names none (0.0.0.0 is never announced).
#pragma once

#include <vector>

#include "base/address.h"

namespace consomme::net {

struct InterfaceAddress {
  IpAddress ip;
  bool up = false;  // administratively up
};

// Keeps the addresses of interfaces that are up, without link-local ones (fe80::/10 needs a zone no peer knows,
// 169.254/16 is not routed) and without repetitions, IPv4 first. Loopback only if nothing else is left.
std::vector<IpAddress> announceable(const std::vector<InterfaceAddress>& all);

// announceable() of this host's interfaces, of what can be bound: an IPv6 address cannot while it is looked for in the
// network (tentative, RFC 4862 §5.4). Loopback if they cannot be listed.
std::vector<IpAddress> host_addresses();

}  // namespace consomme::net
