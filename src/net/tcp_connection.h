// One accepted TCP connection: bytes on one side, frames of RFC 4571 on the other. It never blocks, never holds more
// than its bounds, and never writes a torn frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/datagram.h"
#include "base/time.h"
#include "net/epoll_loop.h"
#include "net/fd.h"

namespace consomme::net {

// A second of 2 Mbit/s. A peer that is further behind than this does not keep up, and newer frames would only come
// later.
inline constexpr std::size_t kMaxUnsentBytes = 256 * 1024;

// A client checks as soon as it is connected, and again and again until it is answered (RFC 8445 §6.1.4.2).
inline constexpr Duration kMaxNewcomer = 10s;

// A peer in good order sends a consent check every 5 s (RFC 7675 §5.1) and loses its transport after 30 s without one.
inline constexpr Duration kMaxSilence = 30s;

class TcpConnection {
 public:
  // One that nobody drives.
  struct Detached {
    Fd socket;
    SocketAddress remote;
    std::vector<std::uint8_t> partial;  // the beginning of a frame
  };
  TcpConnection(Instant now, Detached arrived);
  // What is not sent yet is lost. Closed from now on.
  Detached detach();
  // False: the kernel refuses, and nothing would ever be told of it.
  bool watch(EpollLoop& loop, Token token);

  enum class ReadResult : std::uint8_t { kOpen, kOversize, kClosed };
  // Reads once, with `buffer` as room, and appends the complete frames to `frames`, as coming from `from`; they view
  // `buffer`. After anything but kOpen the connection must be closed; the frames before it are good.
  ReadResult read(ByteSpan buffer, const Tuple& from, std::vector<Datagram>& frames);

  // Appends a whole frame to what will be sent, or nothing: false when the peer is too far behind.
  bool queue(ByteView frame);
  // Writes what the kernel takes; false when the connection is broken and must be closed.
  bool flush();

  // The kernel had no room: flush() again when the loop says writable, not before.
  bool blocked() const { return blocked_; }

  const SocketAddress& remote() const { return remote_; }
  // Until then it may live: anybody can send frames, so that they alone prolong nothing.
  Instant idle_deadline() const { return idle_deadline_; }
  void vouch(Instant now) { idle_deadline_ = now + kMaxSilence; }

 private:
  Fd socket_;
  Watch watch_;  // after the descriptor, so that it ends first
  SocketAddress remote_;
  Instant idle_deadline_;
  std::vector<std::uint8_t> partial_;  // the beginning of a frame; less than 2 + kMaxDatagramBytes
  std::vector<std::uint8_t> unsent_;   // whole frames, of which the first unsent_from_ bytes are written
  std::size_t unsent_from_ = 0;
  bool blocked_ = false;
};

}  // namespace consomme::net
