// Packets of other workers as one worker has them: words of their own, and a plain count, around the lender's bytes. So
// what a worker does with a packet is the same wherever it came in. What nobody here refers to any more is a loan to
// give back, which the worker does once in a turn.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sfu/media/packet.h"

namespace consomme::media {

class BorrowedPackets {
 public:
  // Words only, 192 bytes each.
  explicit BorrowedPackets(std::size_t max_packets) : max_packets_(max_packets) {}
  ~BorrowedPackets() { check(in_use() == 0, "a worker's packets end before it does"); }
  BorrowedPackets(const BorrowedPackets&) = delete;
  BorrowedPackets& operator=(const BorrowedPackets&) = delete;

  // `lender` is the owner's name of whom it gives the loan back to. Empty when max_packets are in use: the loan is then
  // still the caller's.
  PacketRef borrow(unsigned lender, Loan loan);

  // Calls give_back(lender, loan) for each that has ended since the last call.
  template <class GiveBack>
  void each_ended(GiveBack give_back) {
    for (Packet* const packet : ended_) {
      Shell& shell = static_cast<Shell&>(*packet);
      give_back(shell.lender, shell.loan);
      free_.push_back(&shell);
    }
    ended_.clear();
  }

  // Where nothing is borrowed any more: what was, leaves no memory behind. False: it is, or there was none.
  bool shrink() {
    if (in_use() != 0 || !ended_.empty() || shells_.empty()) return false;
    free_ = {};
    shells_ = {};
    return true;
  }

  std::size_t in_use() const { return shells_.size() - free_.size() - ended_.size(); }

 private:
  struct Shell final : Packet {
    unsigned lender = 0;
    Loan loan;
  };

  std::size_t max_packets_;
  std::deque<Shell> shells_;
  std::vector<Shell*> free_;
  std::vector<Packet*> ended_;
};

}  // namespace consomme::media
