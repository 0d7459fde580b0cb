// One worker and the world around it: a thread, pinned to a core where that pays, its sockets, its mailbox. Commands
// come in through tell(), notices and reports go out into the control side's mailbox, and what workers say to each
// other over the crossroads; where they share a port, what came to the wrong one goes over that. All else that the
// thread touches is its own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/error.h"
#include "net/clock.h"
#include "net/mailbox.h"
#include "net/tcp_endpoint.h"
#include "net/udp_socket.h"
#include "sfu/runtime/crossroads.h"
#include "sfu/runtime/shared_port.h"
#include "sfu/sfu.h"
#include "sfu/worker/worker.h"

namespace consomme::sfu {

struct ReportOf {
  unsigned worker = 0;
  Instant made_at{};
  WorkerReport report;
};
// The control thread to itself: a call of its own caused events, which poll() has.
struct EventsWait {};
using ToControl = std::variant<worker::Notice, ReportOf, EventsWait>;
using ControlMailbox = net::Mailbox<ToControl>;

// One address a worker listens on. A port of 0 is any free one.
struct Endpoint {
  IpAddress ip;
  std::optional<std::uint16_t> udp_port;  // nullopt: not over this protocol
  std::optional<std::uint16_t> tcp_port;
};

class WorkerThread {
 public:
  struct Setup {
    unsigned index = 0;
    std::optional<unsigned> core;  // nullopt: any
    std::vector<Endpoint> endpoints;
    worker::Config worker;
  };

  // What all worker threads share; it outlives them.
  struct Shared {
    const dtls::Context& dtls;
    net::Clock clock;
    ControlMailbox& control;
    Crossroads& crossroads;
    SharedPort* port;  // nullptr: each worker has ports of its own
  };

  // Binds the sockets; the thread starts with run().
  static Result<std::unique_ptr<WorkerThread>> open(const Setup& setup, const Shared& shared);
  ~WorkerThread();  // stops and joins

  void run();
  // Stops and joins. All are stopped before the first is destroyed: they hold packets of each other.
  void stop();
  // From the control thread. Commands wait on this side when the mailbox is full, and go first the next time.
  void tell(worker::Command command);
  void push_waiting();

  struct Bound {
    SocketAddress address;
    Protocol protocol = Protocol::kUdp;
    std::uint8_t endpoint = 0;  // index into Setup::endpoints
  };
  const std::vector<Bound>& bound() const { return bound_; }
  bool has_udp_buffers() const { return std::ranges::all_of(udp_, &net::UdpSocket::has_buffers); }

 private:
  WorkerThread(const Setup& setup, const Shared& shared, srtp::CryptoEngine crypto);
  Result<void> bind(const Setup& setup);
  Result<Endpoint> free_ports(Endpoint endpoint);

  void loop();
  Instant next_wake() const;
  void handle(Instant now, const net::Event& event);
  void receive(Instant now, const Datagram& datagram);
  void receive_udp(Instant now, net::UdpSocket& socket);
  void receive_tcp(Instant now, net::TcpEndpoint& endpoint, const net::Event& event);
  void vouch(Instant now, const Tuple& from);
  void hand_over(const Datagram& datagram);
  void receive_handed_over(Instant now);
  void tell_tuples();
  void take_commands(Instant now);
  void receive_crossings(Instant now);
  void send_crossings(Instant now);
  void make_room();
  void flush(Instant now);
  void send_batch();
  void watch_for_writing();
  void report(Instant now);

  unsigned index_;
  std::optional<unsigned> core_;
  net::Clock clock_;
  ControlMailbox* control_;
  Crossroads* crossroads_;
  SharedPort* port_;
  srtp::CryptoEngine crypto_;
  worker::Worker worker_;

  net::EpollLoop loop_;
  net::Mailbox<worker::Command> mailbox_;
  net::Watch mailbox_watch_;
  net::Watch bell_watch_;
  std::array<net::Watch, 3> port_watches_;
  std::vector<net::UdpSocket> udp_;
  std::vector<net::Watch> udp_watches_;
  std::vector<net::TcpEndpoint> tcp_;
  std::vector<Bound> bound_;

  SendBatch batch_;
  std::vector<worker::Command> commands_;  // being carried out
  std::vector<worker::Command> waiting_;   // the control thread's: not in the mailbox yet
  std::vector<ToControl> unsent_;          // the worker thread's: not in the control mailbox yet
  std::uint64_t handed_over_ = 0;
  Instant next_crossing_ = kNever;  // when what another worker had no room for is tried again
  Instant next_report_;
  Duration wanted_until_report_{};
  std::atomic<bool> stop_ = false;
  std::jthread thread_;
};

}  // namespace consomme::sfu
