#include "sfu/media/packet.h"

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
  slot->redundancy_bytes = slot->came_as_red = 0;  // which few who fill it know of
  return PacketBuilder(slot);
}

bool PacketPool::grow() {
  const std::size_t more = std::min(kBlockPackets, max_packets_ - allocated_);
  if (more == 0) return false;
  blocks_.push_back({std::make_unique_for_overwrite<Slot[]>(more), more});
  allocated_ += more;
  free_.reserve(allocated_);  // so that a release never allocates
  for (std::size_t i = more; i-- > 0;) {
    Slot& slot = blocks_.back().first[i];
    slot.home_ = &free_;
    slot.bytes_ = slot.room.data();
    free_.push_back(&slot);
  }
  return true;
}

bool PacketPool::shrink() {
  std::vector<Block> gone;
  const auto is_free = [](const Slot& slot) { return slot.references_ == 0; };
  std::size_t free = free_.size();
  for (std::size_t looked = 0; looked < kBlocksAtOnce && free >= in_use() + 2 * kBlockPackets; ++looked) {
    if (next_look_ >= blocks_.size()) next_look_ = 0;
    Block& block = blocks_[next_look_];
    if (!std::ranges::all_of(block.slots(), is_free)) {
      ++next_look_;
      continue;
    }
    free -= block.size;
    gone.push_back(std::exchange(block, std::move(blocks_.back())));
    blocks_.pop_back();
  }
  forget(gone);
  return !gone.empty();
}

// Their slots are in free_, nobody knows where.
void PacketPool::forget(std::vector<Block>& gone) {
  const auto first_of = [](const Block& block) -> const Packet* { return block.first.get(); };
  const std::less<const Packet*> before;
  std::ranges::sort(gone, before, first_of);
  const std::size_t erased = std::erase_if(free_, [&](const Packet* packet) {
    const auto behind = std::ranges::upper_bound(gone, packet, before, first_of);
    return behind != gone.begin() && !before(&std::prev(behind)->slots().back(), packet);
  });
  allocated_ -= erased;
  std::size_t slots = 0;
  for (const Block& block : gone) slots += block.size;
  check(erased == slots, "nobody fills a packet while the pool shrinks");
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
