#include "sfu/runtime/listen_addresses.h"

#include <algorithm>

namespace consomme::sfu {

namespace {

constexpr std::size_t kMaxConfigured = 4;  // as sfu.h says

// A host with more is one of many containers' networks, of which clients reach few. Each is two sockets of every
// worker, and with a shared port some megabytes of the kernel's.
constexpr std::size_t kMaxListenedOn = 32;

Result<ListenOn> parse(const ListenAddress& listen) {
  const auto ip = IpAddress::parse(listen.ip);
  if (!ip) return invalid("listen address \"" + listen.ip + "\" is no IP address; write one such as 0.0.0.0");
  const auto announced = IpAddress::parse(listen.announced);
  if (!listen.announced.empty() && (!announced || announced->is_unspecified()))
    return invalid("announced address \"" + listen.announced + "\" is nothing a client can reach; write an IP address");
  return ListenOn{*ip, listen.announced};
}

bool stands_for_all(const ListenOn& listen) {
  return listen.ip.is_unspecified() && listen.announced.empty();
}

}  // namespace

Result<std::vector<ListenOn>> listen_addresses(const std::vector<ListenAddress>& configured,
                                               const std::vector<IpAddress>& host) {
  if (configured.empty()) return invalid("no listen address is given; write one such as 0.0.0.0");
  if (configured.size() > kMaxConfigured) return invalid("more than 4 listen addresses are given; leave some out");
  std::vector<ListenOn> listed;
  for (const ListenAddress& listen : configured) {
    auto parsed = parse(listen);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    listed.push_back(std::move(*parsed));
  }
  std::vector<ListenOn> all;
  for (const ListenOn& listen : listed) {
    if (!stands_for_all(listen)) {
      all.push_back(listen);
      continue;
    }
    for (const IpAddress& ip : host)
      if (ip.is_v4() == listen.ip.is_v4() && std::ranges::find(listed, ip, &ListenOn::ip) == listed.end())
        all.push_back({ip, {}});
  }
  if (all.empty()) return invalid("this host has no address of the family that is to be listened on");
  if (all.size() > kMaxListenedOn)
    return invalid("this host has more than 32 addresses; write those that clients reach instead of 0.0.0.0 or ::");
  return all;
}

}  // namespace consomme::sfu
