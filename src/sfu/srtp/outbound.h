// Protects what is sent to one peer: SRTP and SRTCP (RFC 3711, RFC 7714). Driven by its transport when a turn is
// flushed.
//
// A nonce must never meet two different packets (RFC 7714 §8.4): it is made of the SSRC and the packet index, and the
// index is the extended sequence number, so no (SSRC, ExtSeqNo) is ever protected twice. This is checked here: a second
// use, or one too old to know, is refused. A retransmission is therefore a new packet of the RTX stream (RFC 4588), or
// without one the same packet, to the byte.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>

#include "base/bytes.h"
#include "base/sequence.h"
#include "base/strong.h"
#include "sfu/srtp/engine.h"
#include "sfu/srtp/error.h"
#include "sfu/srtp/keys.h"
#include "sfu/srtp/replay_window.h"

namespace consomme::srtp {

class Outbound {
 public:
  // SSRCs we send with to one peer at a time: primary and RTX of far more consumers than one transport carries.
  static constexpr std::size_t kMaxSsrcs = 4096;

  // `engine` outlives this object. `local` is our master key.
  Outbound(const CryptoEngine& engine, Profile profile, const MasterKey& local);

  // One RTP packet into `slot`. The caller has written the header to slot[0, header_size) and, right behind it,
  // `prefix_size` bytes of plaintext of its own (an RTX original sequence number, a rewritten payload descriptor; often
  // 0). The prefix is encrypted in place and `payload`, shared and left alone, from where it is to behind the prefix.
  // Returns the bytes of the packet, tag included.
  //
  // The rollover counter is uint32(index >> 16), and the low 16 bits are the header's sequence number. A peer assumes
  // rollover 0 for a stream it meets for the first time, so the first index of an SSRC lies in [0, 65536), better in
  // [0, 32768), where a loss at the start does no harm (RFC 3711 §3.3.1).
  std::expected<std::size_t, SrtpError> protect_rtp(ByteSpan slot, std::size_t header_size, std::size_t prefix_size,
                                                    ByteView payload, ExtSeqNo index);

  // A packet that was protected before and is the same again, header, prefix and payload, down to the last bit; whoever
  // calls this vouches for it. Gives the same bytes. Refused for an index that was not used yet, or is too old to know.
  std::expected<std::size_t, SrtpError> protect_rtp_again(ByteSpan slot, std::size_t header_size,
                                                          std::size_t prefix_size, ByteView payload, ExtSeqNo index);

  // One compound RTCP packet into `out`, which does not overlap it. Returns the bytes written, tag and index included.
  std::expected<std::size_t, SrtpError> protect_rtcp(ByteView plain, ByteSpan out);

  // Drops what is known of an SSRC whose stream has ended. It must never be sent with these keys again.
  void forget(Ssrc ssrc) {
    windows_.erase(ssrc);
    newest_ = {};
  }

 private:
  struct Stream {
    SessionKeys keys;
    std::unique_ptr<PacketCipher> cipher;
  };

  struct Plain;  // a packet whose header and prefix are in its slot

  std::expected<Ssrc, SrtpError> check_layout(const Plain& packet) const;
  std::size_t seal(const Plain& packet, Ssrc ssrc);
  std::expected<void, SrtpError> claim(Ssrc ssrc, ExtSeqNo index);
  ReplayWindow* find(Ssrc ssrc);

  const ProfileTraits* profile_;
  Stream rtp_;
  Stream rtcp_;
  boost::unordered_flat_map<Ssrc, ReplayWindow> windows_;
  // The one that was found last, until windows_ changes: packets to one peer go out in runs of one stream.
  struct {
    Ssrc ssrc;
    ReplayWindow* window = nullptr;
  } newest_;
  std::uint32_t rtcp_index_ = 0;  // of the next packet; one count for all SSRCs, so that none repeats (RFC 3711 §3.4)
};

}  // namespace consomme::srtp
