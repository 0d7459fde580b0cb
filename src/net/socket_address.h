// Between SocketAddress and the kernel's sockaddr, and the steps every socket of ours begins with.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/error.h"
#include "net/fd.h"

namespace consomme::net {

// Room for either family.
union KernelAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// The length that goes with it.
socklen_t to_kernel(const SocketAddress& address, KernelAddress& out);

// nullopt for null and for other families than IPv4 and IPv6. `address` must be complete for its family.
std::optional<SocketAddress> from_sockaddr(const sockaddr* address);
inline SocketAddress from_kernel(const KernelAddress& address) {
  return from_sockaddr(&address.any).value_or(SocketAddress{});
}

// A non-blocking socket of the address's family; IPv6 without IPv4.
Result<Fd> open_socket(const IpAddress& ip, int type);

// Binds and says what was bound (a port of 0 becomes the kernel's choice): kConflict when the port is taken,
// kUnavailable for everything else.
Result<SocketAddress> bind_socket(const Fd& socket, const SocketAddress& address);

// For an operator: "cannot bind 10.0.0.1:5000: Address already in use".
std::unexpected<Error> system_error(ErrorCode code, std::string_view what, int error);

// setsockopt with an int; false when refused.
bool set_option(const Fd& socket, int level, int name, int value);

}  // namespace consomme::net
