#include "sfu/media/packet.h"

#include <algorithm>

namespace consomme::media {

PacketRef PacketBuilder::publish() {
  check(packet_ != nullptr, "only a filled builder is published");
  check(packet_->size <= kMaxDatagramBytes, "a packet fits its slot");
  packet_->carried = {};
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i)
    if (packet_->extensions[i].offset != 0) packet_->carried.add(static_cast<HeaderExtension>(i));
  return PacketRef(*std::exchange(packet_, nullptr));
}

PacketBuilder PacketPool::acquire() {
  if (free_.empty() && !grow()) {
    ++refused_;
    return {};
  }
  Packet* const slot = free_.back();
  free_.pop_back();
  return PacketBuilder(slot);
}

bool PacketPool::grow() {
  const std::size_t more = std::min(kBlockPackets, max_packets_ - allocated_);
  if (more == 0) return false;
  blocks_.push_back(std::make_unique_for_overwrite<Packet[]>(more));
  allocated_ += more;
  free_.reserve(allocated_);  // so that a release never allocates
  for (std::size_t i = more; i-- > 0;) {
    Packet& slot = blocks_.back()[i];
    slot.pool_ = this;
    free_.push_back(&slot);
  }
  return true;
}

}  // namespace consomme::media
