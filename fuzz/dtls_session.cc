// A hostile peer of a DTLS session. The first byte chooses our role; the rest is datagrams, each behind its length in
// two bytes. Between them, virtual time passes.
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
constexpr std::size_t kMaxDatagrams = 32;

struct Shared {
  Certificate certificate = Certificate::make(kStart).value();
  Context context = Context::make(certificate).value();
};

void drain(Session& session) {
  std::array<std::uint8_t, kMaxDatagramBytes> out;
  for (std::size_t count = 0; const std::size_t size = session.poll(out); ++count) {
    check(size <= kMtuBytes, "a datagram fits into the MTU");
    check(count < 64, "the answer to one datagram is bounded");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Shared shared;
  ByteReader input(ByteView(data, size));
  const Role role = input.u8() % 2 == 0 ? Role::kServer : Role::kClient;
  // No certificate has this fingerprint, so nothing may ever connect.
  Session session(shared.context, role, {Fingerprint{}});
  Instant now = kStart;
  session.start(now);
  drain(session);
  for (std::size_t i = 0; i < kMaxDatagrams && input.remaining() > 2; ++i) {
    const std::size_t length = input.u16();
    session.receive(now, input.bytes(std::min(length, input.remaining())));
    drain(session);
    now += 150ms;
    session.expire(now);
    drain(session);
    check(session.keys() == nullptr && session.state() != State::kConnected, "no stranger gets keys");
  }
  session.close();
  drain(session);
  return 0;
}
