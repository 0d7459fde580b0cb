// One UDP port of a worker: datagrams in and out by the batch, with as few system calls as the kernel allows. Its
// worker's loop drives it: receive() when readable, send() at the end of a turn, flush() when writable.
#pragma once

#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/datagram.h"
#include "base/error.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/udp_receiver.h"
#include "net/udp_sender.h"

namespace consomme::net {

struct UdpOptions {
  IpAddress ip;                  // what to bind; an IPv6 address takes IPv6 only
  std::uint16_t first_port = 0;  // the first free port of first_port..last_port is taken; 0: any the kernel likes
  std::uint16_t last_port = 0;
  std::uint8_t socket = 0;  // Tuple::socket of what comes in, and of what is sent here
  bool shared = false;      // with other sockets of ours on the same port (SO_REUSEPORT)
  // Kernel buffers. 8 MB holds 50 ms of 50,000 packets a second (an skb of 1200 bytes is charged about 2.5 KB), which
  // covers a thread that was not scheduled; sending needs less, for its packets leave or are dropped.
  int receive_buffer_bytes = 8 << 20;
  int send_buffer_bytes = 4 << 20;
};

class UdpSocket {
 public:
  // kConflict when every port is taken, kUnavailable when the address cannot be bound.
  static Result<UdpSocket> open(const UdpOptions& options);

  // What has arrived, up to one turn's share; valid until the next call. Never blocks.
  Received receive() { return receiver_.receive(fd_.get()); }

  // Sends the entries of `batch` that name this socket (Protocol::kUdp and its number); the others are not looked at.
  void send(const SendBatch& batch) { sender_.send(fd_.get(), batch); }

  // Goes on with what the kernel had no room for; called when writable.
  void flush() { sender_.flush(fd_.get()); }

  // What to watch the descriptor for; changes with send() and flush().
  Interest interest() const { return {.read = true, .write = sender_.backlogged()}; }

  // False: the kernel has granted less than half of a buffer that was asked for.
  bool has_buffers() const { return has_buffers_; }

  int fd() const { return fd_.get(); }
  const SocketAddress& local() const { return local_; }
  const UdpReceiveCounters& received() const { return receiver_.counters(); }
  const UdpSendCounters& sent() const { return sender_.counters(); }
  // What the kernel has dropped, nearly always for want of room in the receive buffer; modulo 2^32, and datagrams that
  // came as one message (UDP_GRO) count once.
  std::uint32_t dropped_unread() const;

 private:
  UdpSocket(Fd fd, const SocketAddress& local, const UdpOptions& options);

  Fd fd_;
  SocketAddress local_;
  UdpReceiver receiver_;
  UdpSender sender_;
  bool has_buffers_;
};

}  // namespace consomme::net
