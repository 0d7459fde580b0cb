#include "net/segmentation.h"

#include <algorithm>
#include <functional>

namespace consomme::net {
namespace {

constexpr std::size_t kRefusingPeers = 1024;

std::size_t place_of(const SocketAddress& peer) {
  return hash_value(Tuple{.remote = peer}) % kRefusingPeers;
}

}  // namespace

std::size_t Segmentation::run_length(std::span<const Packet> packets) const {
  const Packet& first = packets.front();
  const std::size_t segment = first.bytes.size();
  if (!enabled_ || segment == 0 || !allowed(first.to)) return 1;

  const std::size_t longest =
      std::min({packets.size(), kMaxRunSegments, std::max(kMaxRunBytes / segment, std::size_t{1})});
  std::size_t length = 1;
  while (length < longest) {
    const Packet& last = packets[length - 1];
    const Packet& next = packets[length];
    const bool follows = next.to == first.to && next.bytes.data() == last.bytes.data() + last.bytes.size();
    if (!follows || next.bytes.empty() || next.bytes.size() > segment) break;
    ++length;
    if (next.bytes.size() < segment) break;
  }
  return length;
}

void Segmentation::refused_by(const SocketAddress& peer) {
  refusing_.resize(kRefusingPeers);
  refusing_[place_of(peer)] = peer;
}

bool Segmentation::allowed(const SocketAddress& peer) const {
  return refusing_.empty() || refusing_[place_of(peer)] != peer;
}

}  // namespace consomme::net
