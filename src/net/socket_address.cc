#include "net/socket_address.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace consomme::net {

socklen_t to_kernel(const SocketAddress& address, KernelAddress& out) {
  if (address.ip.is_v4()) {
    out.v4 = {};
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(address.port);
    out.v4.sin_addr.s_addr = htonl(address.ip.v4_host_order());
    return sizeof out.v4;
  }
  out.v6 = {};
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(address.port);
  std::memcpy(&out.v6.sin6_addr, address.ip.v6_bytes().data(), sizeof out.v6.sin6_addr);
  return sizeof out.v6;
}

std::optional<SocketAddress> from_sockaddr(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return SocketAddress{IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return SocketAddress{IpAddress::v6(bytes), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

Result<Fd> open_socket(const IpAddress& ip, int type) {
  Fd socket(::socket(ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(ErrorCode::kUnavailable, "cannot open a socket for " + ip.to_string(), errno);
  if (!ip.is_v4()) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return socket;
}

Result<SocketAddress> bind_socket(const Fd& socket, const SocketAddress& address) {
  KernelAddress name{};
  socklen_t length = to_kernel(address, name);
  if (bind(socket.get(), &name.any, length) != 0) {
    const int error = errno;
    const ErrorCode code = error == EADDRINUSE ? ErrorCode::kConflict : ErrorCode::kUnavailable;
    return system_error(code, "cannot bind " + address.to_string(), error);
  }
  getsockname(socket.get(), &name.any, &length);
  return from_kernel(name);
}

std::unexpected<Error> system_error(ErrorCode code, std::string_view what, int error) {
  return refuse(code, std::string(what) + ": " + std::generic_category().message(error));
}

bool set_option(const Fd& socket, int level, int name, int value) {
  return setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

}  // namespace consomme::net
