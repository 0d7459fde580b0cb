// What a stranger can send into a DTLS session after its handshake, when the session reads alerts by itself: datagrams,
// each behind its length in two bytes. None of them was encrypted by the peer, so nothing may come of any.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "base/datagram.h"
#include "sfu/dtls/session.h"

using namespace consomme;
using namespace consomme::dtls;

namespace {

constexpr Instant kStart = Instant(1'700'000'000s);

struct Side {
  Side(Role role, const Certificate& own, const Certificate& other)
      : context(Context::make(own).value()), session(context, role, {other.fingerprint()}) {}

  void send_to(Side& peer) {
    std::array<std::uint8_t, kMaxDatagramBytes> bytes;
    while (const std::size_t size = session.poll(bytes)) peer.session.receive(kStart, ByteView(bytes).first(size));
  }

  Context context;
  Session session;
};

struct Established {
  Established() {
    server.session.start(kStart);
    client.session.start(kStart);
    for (int flight = 0; flight < 4; ++flight) {
      client.send_to(server);
      server.send_to(client);
    }
    check(server.session.state() == State::kConnected, "two sessions of ours connect");
    server.session.confirm();
  }

  Certificate clients = Certificate::make(kStart).value();
  Certificate servers = Certificate::make(kStart).value();
  Side client{Role::kClient, clients, servers};
  Side server{Role::kServer, servers, clients};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Established established;
  std::array<std::uint8_t, kMaxDatagramBytes> answer;
  ByteReader input(ByteView(data, size));
  while (input.remaining() > 2) {
    const std::size_t length = input.u16();
    for (Side* const side : {&established.server, &established.client}) {
      ByteReader copy = input;
      side->session.receive(kStart, copy.bytes(std::min(length, copy.remaining())));
      check(side->session.state() == State::kConnected && side->session.keys() != nullptr,
            "no stranger ends a session");
      check(side->session.poll(answer) == 0, "strangers get no answer");
    }
    input.skip(std::min(length, input.remaining()));
  }
  return 0;
}
