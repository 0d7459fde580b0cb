// The TCP port of a worker: a listener and its connections, whose frames (RFC 4571) come and go as datagrams with
// Protocol::kTcp. Its worker's loop drives it: handle() for each of its events, send() at the end of a turn, expire()
// at deadline(). Media over TCP is the last resort of ICE (RFC 6544), so this is made for bounds rather than for speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/datagram.h"
#include "base/error.h"
#include "base/slab.h"
#include "base/time.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/tcp_connection.h"
#include "net/tcp_places.h"

namespace consomme::net {

struct TcpOptions {
  IpAddress ip;  // what to bind; an IPv6 address takes IPv6 only
  std::uint16_t port = 0;
  std::uint8_t socket = 0;             // Tuple::socket of what comes in, and of what is sent here
  bool shared = false;                 // with other listeners of ours on the same port (SO_REUSEPORT)
  std::size_t max_connections = 2048;  // one in good order costs some 20 KB, a congested one 0.5 MB
  // An office of a hundred behind one address that lets no UDP through: two each. An IPv6 remote is its /64.
  std::size_t max_connections_per_remote = 256;
};

struct TcpCounters {
  std::uint64_t accepted = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_sent = 0;      // queued for sending; a connection that dies takes some along
  std::uint64_t bytes_sent = 0;       // in them
  std::uint64_t refused_limit = 0;    // connections closed by a limit, at once or for a later one
  std::uint64_t closed_oversize = 0;  // for a frame above kMaxDatagramBytes
  std::uint64_t closed_idle = 0;
  std::uint64_t closed_by_peer = 0;
  std::uint64_t dropped_congested = 0;      // frames the unsent output had no room for
  std::uint64_t dropped_no_connection = 0;  // frames to a connection that is gone
};

class TcpEndpoint {
 public:
  // Registers with `loop` under Token::owner == `owner`; the loop outlives the endpoint. kConflict when the port is
  // taken, kUnavailable when the address cannot be bound.
  static Result<TcpEndpoint> open(EpollLoop& loop, std::uint16_t owner, const TcpOptions& options);

  // Accepts, reads or goes on writing, as the event says: one bounded read. What came in is valid until the next call.
  std::span<const Datagram> handle(Instant now, const Event& event);

  // What has come from there is of a peer that a transport has validated: the connection may live on for a while. One
  // that nobody vouches for is closed soon, and gives way to others before.
  void vouch(Instant now, const SocketAddress& remote);

  // Sends the entries of `batch` that name this socket (Protocol::kTcp and its number); the others are not looked at.
  void send(const SendBatch& batch);

  // A connection moves to another endpoint, with what of a frame has come. nullopt: it is not here any more.
  std::optional<TcpConnection::Detached> detach(const SocketAddress& remote);
  // Takes one over, as one that was accepted here.
  void adopt(Instant now, TcpConnection::Detached connection);

  Instant deadline() const;
  void expire(Instant now);

  const SocketAddress& local() const { return local_; }
  std::size_t connections() const { return connections_.size(); }
  const TcpCounters& counters() const { return counters_; }

 private:
  using Connection = Handle<TcpConnection>;

  TcpEndpoint(EpollLoop& loop, std::uint16_t owner, const TcpOptions& options, Fd listener, const SocketAddress& local);
  void accept_all(Instant now);
  bool admit(Instant now, TcpConnection::Detached arrived);
  bool make_room_for(const IpAddress& remote);
  void pause_accepting(Instant now);
  void read(Connection handle, TcpConnection& connection);
  void queue(const Tuple& to, ByteView frame);
  void close(Connection handle);

  EpollLoop* loop_;
  std::uint16_t owner_;
  TcpOptions options_;
  SocketAddress local_;
  Fd listener_;
  Watch listening_;
  Instant accept_again_ = kNever;  // when accepting is paused for want of descriptors
  Instant next_idle_ = kNever;     // not later than any connection's idle deadline
  Slab<TcpConnection> connections_;
  std::map<SocketAddress, Connection> by_remote_;
  TcpPlaces places_;
  std::vector<Connection> to_flush_;
  std::vector<std::uint8_t> input_;
  std::vector<Datagram> frames_;
  TcpCounters counters_;
};

}  // namespace consomme::net
