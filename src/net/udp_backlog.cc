#include "net/udp_backlog.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace consomme::net {

// Not initialised: pages that no congestion ever reaches cost nothing.
UdpBacklog::UdpBacklog() : slots_(std::make_unique_for_overwrite<Slot[]>(kMaxBacklogDatagrams)) {}

bool UdpBacklog::push(const Packet& packet) {
  check(packet.bytes.size() <= kMaxDatagramBytes, "a datagram is at most kMaxDatagramBytes");
  const bool full = size_ == kMaxBacklogDatagrams;
  if (full) pop(1);
  Slot& slot = slots_[(first_ + size_) % kMaxBacklogDatagrams];
  slot.to = packet.to;
  slot.size = static_cast<std::uint16_t>(packet.bytes.size());
  std::ranges::copy(packet.bytes, slot.bytes);
  ++size_;
  return !full;
}

void UdpBacklog::view(std::vector<Packet>& out) const {
  for (std::size_t i = 0; i < size_; ++i) {
    const Slot& slot = slots_[(first_ + i) % kMaxBacklogDatagrams];
    out.push_back({slot.to, {slot.bytes, slot.size}});
  }
}

void UdpBacklog::pop(std::size_t count) {
  check(count <= size_, "only what waits is popped");
  first_ = (first_ + count) % kMaxBacklogDatagrams;
  size_ -= count;
}

}  // namespace consomme::net
