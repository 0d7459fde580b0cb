#include "sfu/media/packet.h"

#include <sys/mman.h>

#include <algorithm>
#include <functional>

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
  void* const pages =
      mmap(nullptr, kBlockPackets * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return false;
  Slot* const first = static_cast<Slot*>(pages);
  std::uninitialized_default_construct_n(first, more);
  blocks_.push_back({std::unique_ptr<Slot, Unmap>(first), more});
  allocated_ += more;
  free_.reserve(allocated_);  // so that a release never allocates
  for (std::size_t i = more; i-- > 0;) {
    Slot& slot = first[i];
    slot.home_ = &free_;
    slot.bytes_ = slot.room.data();
    free_.push_back(&slot);
  }
  return true;
}

void PacketPool::Unmap::operator()(Slot* first) const {
  munmap(first, kBlockPackets * sizeof(Slot));
}

void PacketPool::shrink() {
  for (std::size_t looked = 0; looked < kBlocksAtOnce; ++looked) {
    if (free_.size() < in_use() + 2 * kBlockPackets) return;
    if (next_look_ >= blocks_.size()) next_look_ = 0;
    const auto slots = blocks_[next_look_].slots();
    if (std::ranges::all_of(slots, [](const Slot& slot) { return slot.references_ == 0; }))
      give_back(next_look_);
    else
      ++next_look_;
  }
}

void PacketPool::give_back(std::size_t block) {
  const auto slots = blocks_[block].slots();
  const std::less<const Packet*> before;
  const auto is_here = [&](const Packet* packet) {
    return !before(packet, &slots.front()) && !before(&slots.back(), packet);
  };
  const std::size_t erased = std::erase_if(free_, is_here);
  check(erased == slots.size(), "nobody fills a packet while the pool shrinks");
  allocated_ -= erased;
  std::swap(blocks_[block], blocks_.back());
  blocks_.pop_back();
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
  for (const Block& block : blocks_)
    for (const Slot& slot : block.slots()) sum += slot.references_;
  return sum;
}

}  // namespace consomme::media
