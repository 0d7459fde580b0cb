// The receiving half of a UDP socket: one recvmmsg a call, its coalesced messages (UDP_GRO) cut into datagrams again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/datagram.h"

namespace consomme::net {

struct UdpReceiveCounters {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;  // what the kernel handed over; fewer than datagrams where it coalesced
  std::uint64_t system_calls = 0;
  std::uint64_t dropped_oversize = 0;  // more than kMaxDatagramBytes
  std::uint64_t dropped_surplus = 0;   // beyond the segments a message may reasonably have
};

struct Received {
  std::span<const Datagram> datagrams;
  bool more = false;  // the call was filled to its bound: there may be more without waiting
};

class UdpReceiver {
 public:
  explicit UdpReceiver(std::uint8_t socket);
  UdpReceiver(UdpReceiver&&) noexcept;
  UdpReceiver& operator=(UdpReceiver&&) noexcept;
  ~UdpReceiver();

  Received receive(int fd);
  const UdpReceiveCounters& counters() const { return counters_; }

 private:
  struct Messages;
  void cut(std::size_t message);

  std::uint8_t socket_;
  std::unique_ptr<Messages> messages_;
  std::vector<Datagram> datagrams_;
  UdpReceiveCounters counters_;
};

}  // namespace consomme::net
