// What every worker listens on, from what the configuration says and the addresses of this host. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "sfu/sfu.h"

namespace consomme::sfu {

struct ListenOn {
  IpAddress ip;           // unspecified only where another is announced
  std::string announced;  // empty: the address itself
};

// 0.0.0.0 and :: become the addresses of their family in `host`, but for those that are listed themselves: each has a
// socket of its own, since an answer must leave from the address that was asked (RFC 8445 §7.2.5.2.1: the peer fails
// the pair otherwise), and a socket that is bound to all leaves the choice to the routes. Where another address is
// announced they stay what they are: nobody asks for the private ones then.
Result<std::vector<ListenOn>> listen_addresses(const std::vector<ListenAddress>& configured,
                                               const std::vector<IpAddress>& host);

}  // namespace consomme::sfu
