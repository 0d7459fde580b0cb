// Who may have one of the places for connections: so many in all, and of one site. A newcomer, whom nothing but its
// address is known of, gives way to the next one when there is no place left; who has been vouched for does not. Pure;
// TcpEndpoint asks it, and tells it who comes and goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/address.h"

namespace consomme::net {

class TcpPlaces {
 public:
  // A site: see base/site.h.
  TcpPlaces(std::size_t max, std::size_t max_per_site) : max_(max), max_per_site_(max_per_site) {}

  struct Room {
    bool there = false;
    std::optional<SocketAddress> instead_of{};  // the newcomer that has to go first
  };
  Room room_for(const IpAddress& remote) const;

  // Each remote enters once, and leaves once.
  void enter(const SocketAddress& remote);
  void vouch(const SocketAddress& remote);
  void leave(const SocketAddress& remote);

 private:
  using Arrival = std::uint64_t;  // counted

  std::size_t max_;
  std::size_t max_per_site_;
  std::size_t taken_ = 0;
  std::map<IpAddress, std::size_t> by_site_;
  Arrival arrivals_ = 0;
  std::map<SocketAddress, Arrival> newcomers_;
  std::map<Arrival, SocketAddress> oldest_first_;                                // newcomers
  std::map<std::pair<IpAddress, Arrival>, SocketAddress> oldest_first_of_site_;  // newcomers
};

}  // namespace consomme::net
