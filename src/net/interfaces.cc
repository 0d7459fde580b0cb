#include "net/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>

#include "net/socket_address.h"

namespace consomme::net {
namespace {

bool is_link_local(const IpAddress& ip) {
  if (ip.is_v4()) return ip.v4_host_order() >> 16 == 0xa9fe;  // 169.254/16
  return ip.v6_bytes()[0] == 0xfe && (ip.v6_bytes()[1] & 0xc0) == 0x80;
}

bool can_be_bound(const IpAddress& ip) {
  const auto socket = open_socket(ip, SOCK_DGRAM);
  return socket && bind_socket(*socket, {ip, 0});
}

}  // namespace

std::vector<IpAddress> announceable(const std::vector<InterfaceAddress>& all) {
  std::vector<IpAddress> found;
  for (const auto& [ip, up] : all)
    if (up && !ip.is_loopback() && !ip.is_unspecified() && !is_link_local(ip)) found.push_back(ip);
  if (found.empty()) return {IpAddress::v4(0x7f000001)};
  std::ranges::sort(found, {}, [](const IpAddress& ip) { return std::pair(!ip.is_v4(), ip); });
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

std::vector<IpAddress> host_addresses() {
  std::vector<InterfaceAddress> all;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) == 0) {
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next)
      if (const auto address = from_sockaddr(entry->ifa_addr))
        all.push_back({address->ip, (entry->ifa_flags & IFF_UP) != 0});
    freeifaddrs(list);
  }
  std::erase_if(all, [](const InterfaceAddress& one) { return !can_be_bound(one.ip); });
  return announceable(all);
}

}  // namespace consomme::net
