// Unprotects what one peer sends: SRTP and SRTCP (RFC 3711, RFC 7714). Driven by its transport for every packet from
// the validated tuple. Leaves out key derivation rates, MKI and unencrypted SRTCP, none of which WebRTC uses (RFC 8827
// §6.5).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/error.h"
#include "sfu/srtp/keys.h"
#include "sfu/srtp/replay_window.h"

namespace consomme::srtp {

class Inbound {
 public:
  // SSRCs one peer may send with at a time, RTP and RTCP counted apart: as many as signaling lets it announce. State is
  // made only by packets whose tag was right, as they come: 160 bytes for each.
  static constexpr std::size_t kMaxProducers = 16;
  static constexpr std::size_t kMaxEncodings = 8;  // of a producer; each with a primary and an RTX stream
  static constexpr std::size_t kMaxSsrcs = kMaxProducers * kMaxEncodings * 2;
  // SSRCs that were retired or had to give way, of which the highest index is still known: without it a stream that
  // has rolled over could never be opened again (RFC 3711 §3.3.1 begins at 0), and all that it sent could be replayed.
  static constexpr std::size_t kMaxFormer = 256;

  // `engine` outlives this object. `remote` is the peer's master key.
  Inbound(const CryptoEngine& engine, Profile profile, const MasterKey& remote);

  // Both take one whole packet and write the plaintext packet to `out` (header copied, payload decrypted), which must
  // not overlap `in`. They return the plaintext's size; on an error `out` holds nothing of use. A packet larger than
  // kMaxDatagramBytes is malformed.
  std::expected<std::size_t, SrtpError> unprotect_rtp(ByteView in, ByteSpan out);
  std::expected<std::size_t, SrtpError> unprotect_rtcp(ByteView in, ByteSpan out);

  // Its stream has ended. It may come again, with higher indices. A peer that switches its camera on and off comes with
  // new SSRCs each time, and they must not take the place of one that is only muted.
  void retire(Ssrc ssrc);

 private:
  struct Source {
    ReplayWindow window;
    std::uint64_t last = 0;  // of Stream::opened
    bool came_back = false;  // after it was retired, or had to give way
  };
  struct Former {
    Ssrc ssrc;
    std::uint64_t highest = 0;
  };
  struct Stream {
    SessionKeys keys;
    std::unique_ptr<PacketCipher> cipher;
    boost::unordered_flat_map<Ssrc, std::unique_ptr<Source>> sources{};
    std::vector<Former> former{};  // the one that gave way longest ago first
    std::uint64_t opened = 0;      // packets, of all sources

    Source* find(Ssrc ssrc);
    std::optional<std::uint64_t> former_highest(Ssrc ssrc) const;
    void begin(Ssrc ssrc, std::uint64_t index);
    void retire(Ssrc ssrc);
    Ssrc stalest() const;
  };
  struct Sealed;  // a packet taken apart

  static std::expected<std::size_t, SrtpError> open(Stream& stream, const Sealed& packet, ByteSpan out);

  const ProfileTraits* profile_;
  Stream rtp_;
  Stream rtcp_;
};

}  // namespace consomme::srtp
