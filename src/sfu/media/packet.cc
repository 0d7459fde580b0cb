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

PacketPool::~PacketPool() {
  check(in_use() == 0 || references() == lent_, "a pool outlives its packets, those apart that are lent");
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
  blocks_.push_back(std::make_unique_for_overwrite<Slot[]>(more));
  allocated_ += more;
  free_.reserve(allocated_);  // so that a release never allocates
  for (std::size_t i = more; i-- > 0;) {
    Slot& slot = blocks_.back()[i];
    slot.home_ = &free_;
    slot.bytes_ = slot.room.data();
    free_.push_back(&slot);
  }
  return true;
}

Loan PacketPool::lend(const Packet& packet) {
  ++packet.references_;
  ++lent_;
  return {&packet};
}

void PacketPool::take_back(Loan loan) {
  check(loan.packet->home_ == &free_, "a loan goes back to its lender");
  --lent_;
  loan.packet->drop_reference();
}

std::size_t PacketPool::references() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < allocated_; ++i) sum += blocks_[i / kBlockPackets][i % kBlockPackets].references_;
  return sum;
}

}  // namespace consomme::media
