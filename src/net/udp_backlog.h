// Datagrams the kernel had no room for, copied, oldest first. Bounded: the oldest gives way, for it is the least
// useful.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/datagram.h"
#include "net/segmentation.h"

namespace consomme::net {

// 512 datagrams are 5 ms at 100,000 a second. Whatever waits longer is late anyway, and congestion is the bandwidth
// estimator's business, not a queue's.
inline constexpr std::size_t kMaxBacklogDatagrams = 512;

class UdpBacklog {
 public:
  UdpBacklog();

  // False when the oldest had to be dropped to make room.
  bool push(const Packet& packet);
  // Appends views of all that waits to `out`, oldest first; valid until the next push or pop.
  void view(std::vector<Packet>& out) const;
  void pop(std::size_t count);

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    SocketAddress to;
    std::uint16_t size;
    std::uint8_t bytes[kMaxDatagramBytes];
  };

  std::unique_ptr<Slot[]> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace consomme::net
