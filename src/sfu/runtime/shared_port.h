// One UDP and one TCP port for all workers. Each has a socket of its own on it (SO_REUSEPORT), and the kernel decides
// which of them a datagram comes to: by what net/port_steering.h has told it, or else by a hash. What has come to
// another than its transport's worker is handed over here, as datagrams that are copied, or as a whole TCP connection.
//
// One for all workers; any of their threads calls it. What it costs, locks included, is paid by what comes to the wrong
// worker and by tuples that come and go.
#pragma once

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "base/datagram.h"
#include "net/mailbox.h"
#include "net/port_steering.h"
#include "net/tcp_connection.h"

namespace consomme::sfu {

class SharedPort {
 public:
  // `endpoint`: the number of the endpoint that accepted it, and of the one that is to take it.
  struct MovedConnection {
    net::TcpConnection::Detached connection;
    std::uint8_t endpoint = 0;
  };

  explicit SharedPort(unsigned workers) : inboxes_(workers) {}

  // Before the workers run, for each of their UDP sockets. Where the kernel cannot be told, it is left to its hash.
  void steer(std::uint8_t endpoint, int fd, unsigned worker);
  bool is_steered() const {
    return std::ranges::all_of(steering_, [](const auto& steering) { return steering.has_value(); });
  }

  // A tuple has become one of a transport of this worker. False: it is another's, who is asked whether he needs it
  // still. If not he disowns it, and the next check that comes over it, or one later, finds it free.
  bool own(const Tuple& tuple, unsigned worker);
  // It is no longer.
  void disown(const Tuple& tuple, unsigned worker);
  // Who takes what has come to a worker that does not know it; nullopt: nobody.
  std::optional<unsigned> owner(const Datagram& in) const;

  // False: it does not keep up, and this one is dropped.
  bool hand_over(unsigned to, const Datagram& in);
  bool hand_over(unsigned to, MovedConnection connection);

  // The thread of `worker`, when one of its descriptors is readable. Connections come before datagrams, which may have
  // come on one that was moved. Calls on_claim(const Tuple&), of what it owns and another wants, on_connection(
  // MovedConnection&) and on_datagram(const Datagram&).
  template <class OnClaim, class OnConnection, class OnDatagram>
  void receive(unsigned worker, OnClaim on_claim, OnConnection on_connection, OnDatagram on_datagram) {
    Inbox& inbox = inboxes_[worker];
    inbox.datagrams.drain(inbox.taken);  // before connections, so that none comes later than its frames
    inbox.connections.drain(inbox.moved);
    inbox.claims.drain(inbox.claimed);
    for (const Tuple& tuple : inbox.claimed) on_claim(tuple);
    for (MovedConnection& connection : inbox.moved) on_connection(connection);
    for (const Copy& copy : inbox.taken) on_datagram(Datagram{copy.from, ByteView(copy.bytes).first(copy.size)});
    inbox.moved.clear();
  }
  std::array<int, 3> fds(unsigned worker) const {
    const Inbox& inbox = inboxes_[worker];
    return {inbox.datagrams.fd(), inbox.connections.fd(), inbox.claims.fd()};
  }

 private:
  // 10 ms of 100,000 packets a second: 1.5 MB for a worker that does not keep up.
  static constexpr std::size_t kMaxDatagrams = 1000;
  // A storm of connections; each is tried again by its client.
  static constexpr std::size_t kMaxConnections = 1024;
  // Each is made again by the next check.
  static constexpr std::size_t kMaxClaims = 1024;
  // Transports have one tuple or two; an IPv4 remote is some 100 bytes of the kernel's.
  static constexpr std::size_t kMaxRemotes = 1 << 18;

  struct Copy {
    Tuple from;
    std::uint16_t size = 0;
    std::array<std::uint8_t, kMaxDatagramBytes> bytes;
  };
  static Copy copy_of(const Datagram& in);

  struct Inbox {
    net::Mailbox<Copy> datagrams{kMaxDatagrams};
    net::Mailbox<MovedConnection> connections{kMaxConnections};
    net::Mailbox<Tuple> claims{kMaxClaims};  // apart, so that neither crowds out the other
    // The worker thread's.
    std::vector<Copy> taken;
    std::vector<MovedConnection> moved;
    std::vector<Tuple> claimed;
  };

  net::PortSteering* steering(const Tuple& tuple);
  unsigned workers() const { return static_cast<unsigned>(inboxes_.size()); }

  std::deque<Inbox> inboxes_;
  std::vector<std::optional<net::PortSteering>> steering_;  // by endpoint
  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<Tuple, unsigned> owners_;
};

}  // namespace consomme::sfu
