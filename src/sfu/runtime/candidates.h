// The ICE candidates of one worker, from what it is bound to. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "sfu/ortc/transport_parameters.h"

namespace consomme::sfu {

struct BoundSocket {
  SocketAddress address;
  Protocol protocol = Protocol::kUdp;
  std::string announced;  // empty: the address itself
};

// Host candidates (RFC 8445 §5.1.1, RFC 6544 §4.5) in the order of preference: as listed, UDP before TCP. The
// unspecified address is none: see listen_addresses.h.
std::vector<ortc::IceCandidate> host_candidates(const std::vector<BoundSocket>& sockets);

// Their addresses, each once, in the same order.
std::vector<std::string> announced_addresses(const std::vector<ortc::IceCandidate>& candidates);

}  // namespace consomme::sfu
