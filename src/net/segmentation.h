// Which packets may leave as one message with UDP_SEGMENT. Pure: the sender asks for each run's length, and tells what
// the kernel refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace consomme::net {

// A datagram to be sent and where to.
struct Packet {
  SocketAddress to;
  ByteView bytes;
};

// A run of 10 costs a third of ten messages, a longer one hardly less; but it leaves as one burst, and bursts above
// about ten packets overflow the shallow queues of home routers. 12 KB is ten packets of the usual 1200 bytes.
inline constexpr std::size_t kMaxRunSegments = 10;
inline constexpr std::size_t kMaxRunBytes = 12 * 1024;

class Segmentation {
 public:
  explicit Segmentation(bool supported) : enabled_(supported) {}

  // How many of the first packets form one message: the same destination, one behind the other in memory, all of the
  // first one's size except that the last may be shorter. 1 where nothing can be joined; packets must not be empty.
  std::size_t run_length(std::span<const Packet> packets) const;

  // A run to this peer was refused for its size or route: its packets go one by one from now on.
  void refused_by(const SocketAddress& peer);
  // The device cannot segment at all.
  void disable() { enabled_ = false; }
  bool enabled() const { return enabled_; }

 private:
  bool allowed(const SocketAddress& peer) const;

  bool enabled_;
  std::vector<SocketAddress> refusing_;  // a direct-mapped cache; a peer pushed out costs one more refused call
};

}  // namespace consomme::net
