#include "net/tcp_places.h"

#include "base/site.h"

namespace consomme::net {

TcpPlaces::Room TcpPlaces::room_for(const IpAddress& remote) const {
  const IpAddress site = site_of(remote);
  const auto from_there = by_site_.find(site);
  if (from_there != by_site_.end() && from_there->second >= max_per_site_) {
    const auto oldest = oldest_first_of_site_.lower_bound({site, 0});
    if (oldest == oldest_first_of_site_.end() || oldest->first.first != site) return {};
    return {.there = true, .instead_of = oldest->second};
  }
  if (taken_ < max_) return {.there = true};
  if (oldest_first_.empty()) return {};
  return {.there = true, .instead_of = oldest_first_.begin()->second};
}

void TcpPlaces::enter(const SocketAddress& remote) {
  const Arrival arrival = ++arrivals_;
  const IpAddress site = site_of(remote.ip);
  ++taken_;
  ++by_site_[site];
  newcomers_.emplace(remote, arrival);
  oldest_first_.emplace(arrival, remote);
  oldest_first_of_site_.emplace(std::pair(site, arrival), remote);
}

void TcpPlaces::vouch(const SocketAddress& remote) {
  const auto newcomer = newcomers_.find(remote);
  if (newcomer == newcomers_.end()) return;
  oldest_first_.erase(newcomer->second);
  oldest_first_of_site_.erase({site_of(remote.ip), newcomer->second});
  newcomers_.erase(newcomer);
}

void TcpPlaces::leave(const SocketAddress& remote) {
  vouch(remote);  // no newcomer any more
  --taken_;
  const auto site = by_site_.find(site_of(remote.ip));
  if (--site->second == 0) by_site_.erase(site);
}

}  // namespace consomme::net
