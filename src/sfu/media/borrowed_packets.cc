#include "sfu/media/borrowed_packets.h"

namespace consomme::media {

PacketRef BorrowedPackets::borrow(unsigned lender, Loan loan) {
  if (free_.empty()) {
    if (shells_.size() == max_packets_) return {};
    free_.push_back(&shells_.emplace_back());
  }
  Shell& shell = *free_.back();
  free_.pop_back();
  const PacketWords& words = *loan.packet;  // all but its count, which is the lender's
  static_cast<PacketWords&>(shell) = words;
  shell.home_ = &ended_;
  shell.bytes_ = loan.packet->bytes_;
  shell.lender = lender;
  shell.loan = loan;
  return PacketRef(shell);
}

}  // namespace consomme::media
