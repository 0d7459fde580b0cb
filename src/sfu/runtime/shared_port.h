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
#include <variant>
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
  struct LostTuple {
    Tuple tuple;
  };
  using Notice = std::variant<MovedConnection, LostTuple>;

  explicit SharedPort(unsigned workers) : inboxes_(workers) {}

  // Before the workers run, for each of their UDP sockets. Where the kernel cannot be told, it is left to its hash.
  void steer(std::uint8_t endpoint, int fd, unsigned worker);
  bool is_steered() const {
    return std::ranges::all_of(steering_, [](const auto& steering) { return steering.has_value(); });
  }

  // A tuple has become, or is no longer, one of a transport of this worker. The newest owner wins, and the one before
  // is told.
  void own(const Tuple& tuple, unsigned worker);
  void disown(const Tuple& tuple, unsigned worker);
  // Who takes what has come to a worker that does not know it; nullopt: nobody.
  std::optional<unsigned> owner(const Datagram& in) const;

  // False: it does not keep up, and this one is dropped.
  bool hand_over(unsigned to, const Datagram& in);
  bool hand_over(unsigned to, MovedConnection connection);

  // The thread of `worker`, when one of its descriptors is readable: notices first, for the datagrams may have come on
  // a connection that was moved. Calls on_notice(Notice&) and on_datagram(const Datagram&).
  template <class OnNotice, class OnDatagram>
  void receive(unsigned worker, OnNotice on_notice, OnDatagram on_datagram) {
    Inbox& inbox = inboxes_[worker];
    inbox.datagrams.drain(inbox.taken);  // before the notices, so that no connection comes later than its frames
    inbox.notices.drain(inbox.told);
    for (Notice& notice : inbox.told) on_notice(notice);
    for (const Copy& copy : inbox.taken) on_datagram(Datagram{copy.from, ByteView(copy.bytes).first(copy.size)});
    inbox.told.clear();
  }
  std::array<int, 2> fds(unsigned worker) const {
    return {inboxes_[worker].datagrams.fd(), inboxes_[worker].notices.fd()};
  }

 private:
  // 10 ms of 100,000 packets a second: 1.5 MB for a worker that does not keep up.
  static constexpr std::size_t kMaxDatagrams = 1000;
  // A storm of connections; each is tried again by its client.
  static constexpr std::size_t kMaxNotices = 1024;
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
    net::Mailbox<Notice> notices{kMaxNotices};
    std::vector<Copy> taken;   // the worker thread's
    std::vector<Notice> told;  // the worker thread's
  };

  net::PortSteering* steering(const Tuple& tuple);
  unsigned workers() const { return static_cast<unsigned>(inboxes_.size()); }

  std::deque<Inbox> inboxes_;
  std::vector<std::optional<net::PortSteering>> steering_;  // by endpoint
  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<Tuple, unsigned> owners_;
};

}  // namespace consomme::sfu
