// Hostile SRTP and SRTCP. The first byte chooses profile, backend, kind and mode: the rest is either a packet off the
// wire, or plaintext that is protected first, so that what lies behind the authentication is reached too.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "base/datagram.h"
#include "sfu/srtp/inbound.h"
#include "sfu/srtp/outbound.h"

using namespace consomme;
using namespace consomme::srtp;

namespace {

struct Choice {
  explicit Choice(std::uint8_t byte)
      : profile(kProfiles[byte % kProfiles.size()].profile),
        backend((byte & 0x10) != 0 ? Backend::kEvp : Backend::kIpsecMb),
        rtcp((byte & 0x20) != 0),
        raw((byte & 0x40) != 0) {}
  Profile profile;
  Backend backend;
  bool rtcp;
  bool raw;
};

MasterKey some_key() {
  MasterKey master;
  master.key.fill(7);
  master.salt.fill(9);
  return master;
}

void receive(Inbound& in, bool rtcp, ByteView packet) {
  std::array<std::uint8_t, kMaxDatagramBytes> plain;
  const auto size = rtcp ? in.unprotect_rtcp(packet, plain) : in.unprotect_rtp(packet, plain);
  check(!size, "nobody forges a packet");
}

// Protects and opens it again; whatever was accepted comes out as it went in.
void round_trip(Outbound& out, Inbound& in, bool rtcp, ByteView plain) {
  std::array<std::uint8_t, kMaxDatagramBytes> slot{};
  std::array<std::uint8_t, kMaxDatagramBytes> opened{};
  const std::size_t header = plain.size() < 12 ? 0 : 12 + 4 * static_cast<std::size_t>(plain[0] & 0x0f);
  if (plain.size() + kMaxRtcpOverheadBytes > slot.size()) return;
  if (!rtcp && (header == 0 || plain.size() < header)) return;
  std::ranges::copy(plain.first(rtcp ? 0 : header), slot.begin());
  const auto sealed = rtcp ? out.protect_rtcp(plain, slot)
                           : out.protect_rtp(slot, header, 0, plain.subspan(header),
                                             ExtSeqNo(static_cast<std::int64_t>(load_be<2>(plain.data() + 2))));
  if (!sealed) return;
  const ByteView packet = ByteView(slot).first(*sealed);
  const auto size = rtcp ? in.unprotect_rtcp(packet, opened) : in.unprotect_rtp(packet, opened);
  if (size) check(std::ranges::equal(ByteView(opened).first(*size), plain), "what was sealed is what is opened");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array engines = {CryptoEngine::make(Backend::kIpsecMb).value(),
                                     CryptoEngine::make(Backend::kEvp).value()};
  if (size == 0) return 0;
  const Choice choice(data[0]);
  const CryptoEngine& engine = engines[static_cast<std::size_t>(choice.backend)];
  Inbound in(engine, choice.profile, some_key());
  Outbound out(engine, choice.profile, some_key());
  const ByteView rest(data + 1, size - 1);
  if (choice.raw)
    receive(in, choice.rtcp, rest);
  else
    round_trip(out, in, choice.rtcp, rest);
  return 0;
}
