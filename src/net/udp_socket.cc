#include "net/udp_socket.h"

#include <linux/sock_diag.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/socket_address.h"

namespace consomme::net {
namespace {

Result<SocketAddress> bind_first_free(const Fd& socket, const UdpOptions& options) {
  std::uint32_t port = options.first_port;
  for (;; ++port) {
    auto bound = bind_socket(socket, {options.ip, static_cast<std::uint16_t>(port)});
    if (bound || bound.error().code != ErrorCode::kConflict || port >= options.last_port) return bound;
  }
}

// The sizes beyond the limits of sysctl need CAP_NET_ADMIN; without it the kernel gives what it allows.
void set_buffers(const Fd& socket, const UdpOptions& options) {
  if (!set_option(socket, SOL_SOCKET, SO_RCVBUFFORCE, options.receive_buffer_bytes))
    set_option(socket, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes);
  if (!set_option(socket, SOL_SOCKET, SO_SNDBUFFORCE, options.send_buffer_bytes))
    set_option(socket, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes);
}

// It reads back twice what was granted (socket(7)).
bool has_half(const Fd& socket, int name, int wanted) {
  int doubled = 0;
  socklen_t length = sizeof doubled;
  return getsockopt(socket.get(), SOL_SOCKET, name, &doubled, &length) == 0 && doubled >= wanted;
}

// Path MTU discovery whatever the sysctl says: packets go out with DF, and one that is larger than a path known to be
// narrow is fragmented here instead of lost.
void set_path_mtu_discovery(const Fd& socket, const IpAddress& ip) {
  if (ip.is_v4())
    set_option(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
  else
    set_option(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT);
}

// Linux 4.18 and later.
bool can_segment(const Fd& socket) {
  int size = 0;
  socklen_t length = sizeof size;
  return getsockopt(socket.get(), SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
}

}  // namespace

Result<UdpSocket> UdpSocket::open(const UdpOptions& options) {
  auto socket = open_socket(options.ip, SOCK_DGRAM);
  if (!socket) return std::unexpected(std::move(socket.error()));
  set_buffers(*socket, options);
  set_path_mtu_discovery(*socket, options.ip);
  if (options.shared) set_option(*socket, SOL_SOCKET, SO_REUSEPORT, 1);
  set_option(*socket, SOL_UDP, UDP_GRO, 1);  // Linux 5.0; before, every datagram is a message of its own
  auto local = bind_first_free(*socket, options);
  if (!local) return std::unexpected(std::move(local.error()));
  return UdpSocket(std::move(*socket), *local, options);
}

UdpSocket::UdpSocket(Fd fd, const SocketAddress& local, const UdpOptions& options)
    : fd_(std::move(fd)),
      local_(local),
      receiver_(options.socket),
      sender_(options.socket, Segmentation(can_segment(fd_)), ::sendmmsg),
      has_buffers_(has_half(fd_, SO_RCVBUF, options.receive_buffer_bytes) &&
                   has_half(fd_, SO_SNDBUF, options.send_buffer_bytes)) {}

// Asked for when somebody wants to know, where SO_RXQ_OVFL would tell with each message. Linux 4.12 and later.
std::uint32_t UdpSocket::dropped_unread() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t length = sizeof info;
  const bool told = getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &length) == 0;
  return told ? info[SK_MEMINFO_DROPS] : 0;
}

}  // namespace consomme::net
