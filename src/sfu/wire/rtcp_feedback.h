// Feedback (RFC 4585, RFC 5104): negative acknowledgements, key frame requests, REMB. Transport-wide feedback has a
// file of its own (twcc.h). Parsers take the part that RtcpReader handed out and check type and format themselves;
// writers append one part, all of it or (false) nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/sequence.h"
#include "sfu/wire/rtcp.h"

namespace consomme::wire {

// One lost packet, and which of the sixteen behind it are lost too (RFC 4585 §6.2.1).
struct NackItem {
  static constexpr std::size_t kBytes = 4;
  static NackItem parse(ByteView bytes);

  SeqNo first;
  std::uint16_t following = 0;  // bit i: first + 1 + i
  bool operator==(const NackItem&) const = default;
};
struct Nack {
  Ssrc sender;
  Ssrc media;
  RtcpItems<NackItem> items;

  // Calls visit(SeqNo) for every lost packet, in the order of the message.
  template <class Visit>
  void each_lost(Visit visit) const {
    for (const NackItem item : items) {
      visit(item.first);
      for (unsigned i = 0; i < 16; ++i)
        if ((item.following >> i & 1) != 0) visit(SeqNo(static_cast<std::uint16_t>(item.first.value() + 1 + i)));
    }
  }
};
std::optional<Nack> parse_nack(const RtcpPacket& packet);
// Packs sequence numbers, given in sending order, into as few items as possible, until `out` is full.
struct PackedNack {
  std::size_t items = 0;    // filled
  std::size_t numbers = 0;  // that they hold, from the front of `lost`
};
PackedNack pack_nack(std::span<const SeqNo> lost, std::span<NackItem> out);
bool write_nack(ByteWriter& writer, Ssrc sender, Ssrc media, std::span<const NackItem> items);

// RFC 4585 §6.3.1.
struct PictureLoss {
  Ssrc sender;
  Ssrc media;
};
std::optional<PictureLoss> parse_pli(const RtcpPacket& packet);
bool write_pli(ByteWriter& writer, const PictureLoss& pli);

// RFC 5104 §4.3.1. The same number again is the same request again.
struct FirItem {
  static constexpr std::size_t kBytes = 8;
  static FirItem parse(ByteView bytes);

  Ssrc media;
  std::uint8_t number = 0;
  bool operator==(const FirItem&) const = default;
};
struct FullIntraRequest {
  Ssrc sender;
  RtcpItems<FirItem> items;
};
std::optional<FullIntraRequest> parse_fir(const RtcpPacket& packet);
bool write_fir(ByteWriter& writer, Ssrc sender, std::span<const FirItem> items);

// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 §2.2).
struct Remb {
  Ssrc sender;
  Bitrate bitrate;
  SsrcList sources;
};
std::optional<Remb> parse_remb(const RtcpPacket& packet);
// At most 255 sources; the bitrate is rounded down to 18 bits of mantissa.
bool write_remb(ByteWriter& writer, Ssrc sender, Bitrate bitrate, std::span<const Ssrc> sources);

}  // namespace consomme::wire
