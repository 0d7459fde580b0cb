// The sending half of a UDP socket: neighbours of one destination and size become one message with UDP_SEGMENT, all
// messages one sendmmsg. What the kernel has no room for waits in a bounded backlog, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/datagram.h"
#include "net/segmentation.h"
#include "net/udp_backlog.h"

struct mmsghdr;

namespace consomme::net {

struct UdpSendCounters {
  std::uint64_t datagrams = 0;  // taken by the kernel
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;  // a run of segments is one
  std::uint64_t system_calls = 0;
  std::uint64_t segmentation_refused = 0;  // runs that had to go packet by packet
  std::uint64_t dropped_too_big = 0;       // larger than the path takes
  std::uint64_t dropped_refused = 0;       // no route, filtered, port closed: the noise of peers that left
  std::uint64_t dropped_backlog = 0;       // the oldest, when the kernel had no room for too long
};

// sendmmsg(2), replaceable so that tests can play a kernel that refuses.
using SendMessages = int (*)(int fd, mmsghdr* messages, unsigned count, int flags);

class UdpSender {
 public:
  UdpSender(std::uint8_t socket, Segmentation segmentation, SendMessages send_messages);
  UdpSender(UdpSender&&) noexcept;
  UdpSender& operator=(UdpSender&&) noexcept;
  ~UdpSender();

  void send(int fd, const SendBatch& batch);
  void flush(int fd);
  bool backlogged() const { return !backlog_.empty(); }
  const UdpSendCounters& counters() const { return counters_; }

 private:
  struct Messages;
  std::size_t transmit(int fd, std::span<const Packet> packets);
  std::size_t fill(std::span<const Packet> packets);
  std::size_t count_sent(std::size_t first, std::size_t count);
  bool learn(int error, const SocketAddress& peer);
  void drop(int error, std::size_t packets);

  std::uint8_t socket_;
  SendMessages send_messages_;
  Segmentation segmentation_;
  UdpBacklog backlog_;
  std::vector<Packet> packets_;
  std::unique_ptr<Messages> messages_;
  UdpSendCounters counters_;
};

}  // namespace consomme::net
