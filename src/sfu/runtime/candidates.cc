#include "sfu/runtime/candidates.h"

#include <algorithm>

namespace consomme::sfu {

namespace {

// RFC 8445 §5.1.2.1: type preference 126 for host candidates, component 1. The local preference puts UDP before TCP,
// which has the direction preference of passive host candidates in it (RFC 6544 §4.2), and what is listed first before
// what comes later.
std::uint32_t priority(Protocol protocol, std::size_t rank) {
  constexpr std::uint32_t kHostPreference = 126;
  constexpr std::uint32_t kOtherPreferences = 1 << 13;
  constexpr std::uint32_t kPassive = 4;
  constexpr std::uint32_t kUdp = (1 << 16) - 1;
  constexpr std::uint32_t kTcp = kPassive * kOtherPreferences + kOtherPreferences - 1;
  const auto behind = static_cast<std::uint32_t>(std::min<std::size_t>(rank, kOtherPreferences - 1));
  const std::uint32_t local = (protocol == Protocol::kUdp ? kUdp : kTcp) - behind;
  return kHostPreference << 24 | local << 8 | (256 - 1);
}

// The same for candidates of one address and protocol only (RFC 8445 §5.1.1.3): a peer that sees two addresses under
// one foundation checks the second when the first has answered, or has timed out.
std::string foundation(Protocol protocol, const std::string& address, std::vector<std::string>& known) {
  auto at = std::ranges::find(known, address);
  if (at == known.end()) at = known.insert(at, address);
  return (protocol == Protocol::kUdp ? "udp" : "tcp") + std::to_string(at - known.begin());
}

}  // namespace

std::vector<ortc::IceCandidate> host_candidates(const std::vector<BoundSocket>& sockets) {
  std::vector<ortc::IceCandidate> candidates;
  std::vector<std::string> addresses;
  for (const BoundSocket& socket : sockets) {
    const bool udp = socket.protocol == Protocol::kUdp;
    const std::string address = socket.announced.empty() ? socket.address.ip.to_string() : socket.announced;
    ortc::IceCandidate candidate;
    candidate.foundation = foundation(socket.protocol, address, addresses);
    candidate.priority = priority(socket.protocol, candidates.size());
    candidate.ip = address;
    candidate.address = address;
    candidate.protocol = udp ? ortc::IceProtocol::kUdp : ortc::IceProtocol::kTcp;
    candidate.port = socket.address.port;
    if (!udp) candidate.tcp_type = ortc::TcpType::kPassive;
    candidates.push_back(std::move(candidate));
  }
  std::ranges::sort(candidates, std::ranges::greater{}, &ortc::IceCandidate::priority);
  return candidates;
}

std::vector<std::string> announced_addresses(const std::vector<ortc::IceCandidate>& candidates) {
  std::vector<std::string> addresses;
  for (const ortc::IceCandidate& candidate : candidates)
    if (std::ranges::find(addresses, candidate.address) == addresses.end()) addresses.push_back(candidate.address);
  return addresses;
}

}  // namespace consomme::sfu
