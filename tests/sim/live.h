// A simulated browser on a real socket, over UDP or over TCP with RFC 4571 frames. Driven by a test's loop in real
// time: turn() moves whatever is there and never blocks.
#pragma once

#include <vector>

#include "net/clock.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "tests/sim/client.h"

namespace consomme::sim {

class Live {
 public:
  // Has `client` reach the first candidate of `offer` with this protocol, which has to be on this machine.
  Live(const net::Clock& clock, net::EpollLoop& loop, Protocol protocol, const sfu::TransportOffer& offer,
       Client client);

  Client& client() { return client_; }
  void turn();

 private:
  void receive();
  void receive(ByteView datagram);
  void send(ByteView datagram);

  net::Clock clock_;
  Protocol protocol_;
  SocketAddress server_;
  net::Fd socket_;  // connected to it
  net::Watch watch_;
  Client client_;
  std::vector<std::uint8_t> stream_;  // over TCP: what is no whole frame yet
};

}  // namespace consomme::sim
