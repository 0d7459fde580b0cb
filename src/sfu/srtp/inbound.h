// Unprotects what one peer sends: SRTP and SRTCP (RFC 3711, RFC 7714). Driven by its transport for every packet from
// the validated tuple. Leaves out key derivation rates, MKI and unencrypted SRTCP, none of which WebRTC uses (RFC 8827
// §6.5).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

#include "base/bytes.h"
#include "base/strong.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/error.h"
#include "sfu/srtp/keys.h"
#include "sfu/srtp/replay_window.h"

namespace consomme::srtp {

class Inbound {
 public:
  // SSRCs one peer may send with at a time, RTP and RTCP counted apart: 16 producers (the limit per peer) with two
  // layers' worth of primary and RTX streams. State is made only by packets whose tag was right. A peer that switches
  // its camera on and off comes with new SSRCs each time: the one heard longest ago gives its place to them.
  static constexpr std::size_t kMaxSsrcs = 64;

  // `engine` outlives this object. `remote` is the peer's master key.
  Inbound(const CryptoEngine& engine, Profile profile, const MasterKey& remote);

  // Both take one whole packet and write the plaintext packet to `out` (header copied, payload decrypted), which must
  // not overlap `in`. They return the plaintext's size; on an error `out` holds nothing of use. A packet larger than
  // kMaxDatagramBytes is malformed.
  std::expected<std::size_t, SrtpError> unprotect_rtp(ByteView in, ByteSpan out);
  std::expected<std::size_t, SrtpError> unprotect_rtcp(ByteView in, ByteSpan out);

 private:
  struct Source {
    ReplayWindow window;
    std::uint64_t last = 0;  // of Stream::opened
  };
  struct Stream {
    SessionKeys keys;
    std::unique_ptr<PacketCipher> cipher;
    boost::unordered_flat_map<Ssrc, Source> sources;
    std::uint64_t opened = 0;  // packets, of all sources

    Source* find(Ssrc ssrc);
    void forget_stalest();
  };
  struct Sealed;  // a packet taken apart

  static std::expected<std::size_t, SrtpError> open(Stream& stream, const Sealed& packet, ByteSpan out);

  const ProfileTraits* profile_;
  Stream rtp_;
  Stream rtcp_;
};

}  // namespace consomme::srtp
