#include "tests/sim/live.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "net/rfc4571.h"
#include "net/socket_address.h"
#include "sfu/transport/testing.h"

namespace consomme::sim {

namespace {

SocketAddress address_of(const sfu::TransportOffer& offer, Protocol protocol) {
  const auto wanted = protocol == Protocol::kUdp ? ortc::IceProtocol::kUdp : ortc::IceProtocol::kTcp;
  const auto candidate = std::ranges::find(offer.ice_candidates, wanted, &ortc::IceCandidate::protocol);
  check(candidate != offer.ice_candidates.end(), "the server offers this protocol");
  return {*IpAddress::parse(candidate->address), candidate->port};
}

net::Fd connect_to(const SocketAddress& server, Protocol protocol) {
  const int type = protocol == Protocol::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  net::KernelAddress address{};
  const socklen_t size = net::to_kernel(server, address);
  net::Fd socket(::socket(server.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
  check(connect(socket.get(), &address.any, size) == 0, "the server listens");
  check(fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0, "a socket can be made not to block");
  return socket;
}

}  // namespace

Live::Live(const net::Clock& clock, net::EpollLoop& loop, Protocol protocol, const sfu::TransportOffer& offer,
           Client client)
    : clock_(clock),
      protocol_(protocol),
      server_(address_of(offer, protocol)),
      socket_(connect_to(server_, protocol)),
      watch_(loop, socket_.get(), {}, {.read = true}),
      client_(std::move(client)) {
  client_.connect(clock_.now(), offer);
}

void Live::turn() {
  receive();
  client_.expire(clock_.now());
  for (auto bytes = client_.poll(); !bytes.empty(); bytes = client_.poll()) send(bytes);
}

void Live::receive() {
  std::array<std::uint8_t, 65536> buffer;
  for (;;) {
    const auto size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return;
    const ByteView bytes = ByteView(buffer).first(static_cast<std::size_t>(size));
    if (protocol_ == Protocol::kUdp) {
      receive(bytes);
      continue;
    }
    stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    ByteView rest = stream_;
    for (;;) {
      const net::FrameCut cut = net::cut_frame(rest);
      if (cut.state != net::FrameState::kComplete) break;
      receive(cut.frame);
      rest = cut.rest;
    }
    stream_.erase(stream_.begin(), stream_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  }
}

// Servers that are not ours may want their checks answered.
void Live::receive(ByteView datagram) {
  if (const auto answer = transport::testing::make_answer(datagram, server_)) return send(*answer);
  client_.receive(clock_.now(), datagram);
}

// A datagram that the kernel has no room for is lost, as on any network; a stream has to take all.
void Live::send(ByteView datagram) {
  if (protocol_ == Protocol::kUdp) {
    (void)::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
    return;
  }
  std::vector<std::uint8_t> frame;
  net::append_frame(frame, datagram);
  const auto sent = ::send(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
  check(sent == static_cast<std::ptrdiff_t>(frame.size()), "the server reads what it is sent");
}

}  // namespace consomme::sim
