// What a consumer changes in a packet, as a small value, and how it is written: the fixed header and a fresh extension
// block go into the send slot; the payload is not touched here, SRTP encrypts it from the shared packet to behind them.
// Driven by the transport when its turn is flushed, since only then the send time is known.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/header_extension.h"
#include "base/sequence.h"
#include "base/strong.h"
#include "sfu/media/extension_set.h"
#include "sfu/media/packet.h"
#include "sfu/wire/extension_values.h"

namespace consomme::media {

// A packet's place in a consumer's stream.
struct Rewrite {
  ExtSeqNo seq;
  RtpTimestamp timestamp;
  std::uint32_t ends_picture : 1 = 0;  // the marker is set, whatever the source's says
  std::uint32_t empty : 1 = 0;         // nothing of it is sent but its number
  // What its codec's filter (layer_filter_*.h) makes of the payload descriptor; 0: it stays as it came.
  std::uint32_t descriptor : 30 = 0;
  static constexpr std::uint32_t kDescriptorMask = 0x3fffffff;
  static constexpr std::uint32_t kWithRedundancy = 1;  // of sound, which has no descriptor
  bool operator==(const Rewrite&) const = default;
};

// What is sent of the packet's bytes.
inline ByteView payload_of(const Packet& packet, const Rewrite& rewrite) {
  if (rewrite.empty != 0) return {};
  const std::size_t earlier = rewrite.descriptor != 0 ? packet.redundancy_bytes : 0;
  return packet.bytes().subspan(packet.rtp.payload_offset - earlier, packet.rtp.payload_bytes + earlier);
}
inline std::uint16_t payload_bytes_of(const Packet& packet, const Rewrite& rewrite) {
  return static_cast<std::uint16_t>(payload_of(packet, rewrite).size());
}

// MID of a transport's streams: a decimal counter, at most 8 bytes.
class Mid {
 public:
  static constexpr std::size_t kMaxBytes = 8;
  constexpr Mid() = default;
  // Longer text is our own bug: mids are ours.
  explicit Mid(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    check(text.size() <= kMaxBytes, "a mid is at most 8 bytes");
    for (std::size_t i = 0; i < text.size(); ++i) bytes_[i] = static_cast<std::uint8_t>(text[i]);
  }
  ByteView bytes() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kMaxBytes> bytes_{};
  std::uint8_t size_ = 0;
};

struct RtxHeader {
  Ssrc ssrc;
  PayloadType payload_type;
};

// What is the same in every packet of a consumer.
struct OutboundHeader {
  Ssrc ssrc{};
  PayloadType payload_type{};
  ExtensionSet extensions{};  // as negotiated with this client
  std::optional<RtxHeader> rtx{};
  Mid mid{};
  std::optional<PayloadType> red{};  // of sound with redundancy; nullopt: the receiver takes none
};

// What only the moment of sending knows.
struct SendStamp {
  wire::AbsSendTime abs_send_time{};
  std::optional<SeqNo> transport_seq{};  // written if the consumer has negotiated transport-wide-cc
  bool operator==(const SendStamp&) const = default;
};

// Header extensions by the id that the router gives them, which every client agrees to (RFC 8285 §5).
inline constexpr std::array<ExtensionId, kHeaderExtensionCount> kRouterExtensionIds = [] {
  std::array<ExtensionId, kHeaderExtensionCount> ids;
  const auto set = [&ids](HeaderExtension e, std::uint8_t id) { ids[static_cast<std::size_t>(e)] = ExtensionId(id); };
  set(HeaderExtension::kMid, 1);
  set(HeaderExtension::kRtpStreamId, 2);
  set(HeaderExtension::kRepairedRtpStreamId, 3);
  set(HeaderExtension::kAbsSendTime, 4);
  set(HeaderExtension::kTransportWideCc, 5);
  set(HeaderExtension::kAudioLevel, 6);
  set(HeaderExtension::kDependencyDescriptor, 7);
  set(HeaderExtension::kVideoOrientation, 8);
  set(HeaderExtension::kTransmissionOffset, 9);
  set(HeaderExtension::kAbsCaptureTime, 10);
  set(HeaderExtension::kPlayoutDelay, 11);
  return ids;
}();

struct WrittenHeader {
  std::size_t header_bytes = 0;    // in the clear
  std::size_t prefix_bytes = 0;    // right behind it: plaintext of our own that comes before the packet's payload
  std::size_t replaced_bytes = 0;  // of payload_of(), at its beginning: the prefix says it instead
};

// `slot` holds kMaxDatagramBytes, and the largest header fits it several times over.
WrittenHeader write_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet, const Rewrite& rewrite,
                           const SendStamp& stamp);
// The same packet as a retransmission (RFC 4588 §4): RTX SSRC, payload type and sequence number, and the number it was
// sent with as a prefix. Only if header.rtx.
WrittenHeader write_rtx_header(ByteSpan slot, const OutboundHeader& header, const Packet& packet,
                               const Rewrite& rewrite, ExtSeqNo rtx_seq, const SendStamp& stamp);

}  // namespace consomme::media
