// Tells the kernel which socket of a SO_REUSEPORT group a datagram goes to: that of the worker that owns its transport.
// A remote that is known goes to the socket it was steered to; from any other, STUN goes to the socket that its
// USERNAME names. An eBPF program in the kernel reads both; whoever owns the ports makes it and adds the sockets, the
// workers steer remotes as their transports validate and lose them. One steering is for one group, that is for one
// local address and port.
//
// Left out: any judgement. Nothing is dropped or authenticated here; whatever the program cannot place, the kernel
// spreads by its hash, so a worker still gets datagrams for others now and then, and must hand them over.
#pragma once

#include <cstddef>

#include "base/address.h"
#include "base/error.h"
#include "net/fd.h"

namespace consomme::net {

class PortSteering {
 public:
  // As many as three characters of a USERNAME can name: 'A' to 'P', four bits each, the highest first. "AAB" is 1.
  static constexpr unsigned kMaxSockets = 1u << 12;

  // Room for the sockets 0..sockets-1 and for `max_remotes` remotes. kUnavailable where the kernel (before Linux 4.19)
  // or our rights (CAP_BPF and CAP_NET_ADMIN) do not allow it: then the kernel spreads by its hash.
  static Result<PortSteering> make(unsigned sockets, std::size_t max_remotes);

  // `fd`: a bound UDP socket of the group; number `index` in it. The program is attached with the first. A socket
  // leaves when it is closed.
  Result<void> add(int fd, unsigned index);

  // What comes from there goes to the socket `index`, also if it went to another before. Any thread. False: no room.
  bool steer(const SocketAddress& remote, unsigned index);
  // Any thread; no harm if it is not known.
  void forget(const SocketAddress& remote);

 private:
  PortSteering(Fd remotes, Fd sockets, Fd program);

  Fd remotes_;  // map: address and port -> index
  Fd sockets_;  // map: index -> socket
  Fd program_;  // until it is attached; the group holds it from then on
};

}  // namespace consomme::net
