// Packets for the unit tests of this folder: real bytes, parsed as the transport does.
#pragma once

#include <cstdint>
#include <vector>

#include "sfu/media/inbound_stream.h"
#include "sfu/media/packet.h"

namespace consomme::media::test {

inline constexpr Instant kStart = Instant(Duration(1'700'000'000s));
inline constexpr Ssrc kSsrc{0x11111111};
inline constexpr Ssrc kRtxSsrc{0x22222222};
inline constexpr PayloadType kPt{96};
inline constexpr PayloadType kRtxPt{97};

// Of a stream that is repaired.
inline constexpr InboundConfig kVideo{.codec = wire::Codec::kVp8,
                                      .clock_rate = 90000,
                                      .payload_type = kPt,
                                      .rtx_payload_type = kRtxPt,
                                      .ssrc = kSsrc,
                                      .rtx_ssrc = kRtxSsrc,
                                      .nack = true,
                                      .key_frames = true};

// VP8 payloads (RFC 7741 §4.2, §4.3): the first packet of a key frame, of a delta frame, and one inside a frame.
inline const std::vector<std::uint8_t> kKeyFrame = {0x10, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0x55};
inline const std::vector<std::uint8_t> kDeltaFrame = {0x10, 0x01, 0xaa, 0xbb};
inline const std::vector<std::uint8_t> kContinuation = {0x00, 0xcc, 0xdd};

struct Given {
  std::uint16_t seq = 0;
  std::uint32_t timestamp = 0;
  std::vector<std::uint8_t> payload = kDeltaFrame;
  bool marker = false;
  PayloadType payload_type = kPt;
  Ssrc ssrc = kSsrc;
  std::vector<std::uint8_t> extension{};  // profile, length and elements
  std::uint8_t padding = 0;
};

inline PacketBuilder build(PacketPool& pool, const Given& given, const wire::ExtensionIds& ids = {}) {
  PacketBuilder builder = pool.acquire();
  ByteWriter writer(builder.room());
  writer.u8(static_cast<std::uint8_t>(0x80 | (given.padding != 0 ? 0x20 : 0) | (given.extension.empty() ? 0 : 0x10)));
  writer.u8(static_cast<std::uint8_t>((given.marker ? 0x80 : 0) | given.payload_type.value()));
  writer.u16(given.seq);
  writer.u32(given.timestamp);
  writer.u32(given.ssrc.value());
  writer.bytes(given.extension);
  writer.bytes(given.payload);
  if (given.padding != 0) {
    writer.zeros(given.padding - 1U);
    writer.u8(given.padding);
  }
  builder->size = static_cast<std::uint16_t>(writer.size());
  builder->rtp = wire::parse_rtp(builder->bytes()).value();
  builder->extensions = wire::read_extensions(builder->bytes(), builder->rtp, ids);
  return builder;
}

// A VP8 packet as an inbound stream publishes it.
inline PacketRef publish(PacketPool& pool, Instant received, std::int64_t ext_seq, const Given& given,
                         const wire::ExtensionIds& ids = {}) {
  PacketBuilder builder = build(pool, given, ids);
  builder->received = builder->captured = received;
  builder->seq = ExtSeqNo(ext_seq);
  // The circle's upper half comes before its lower: a source may wrap.
  builder->timestamp = ExtTimestamp(given.timestamp + (given.timestamp < 0x8000'0000 ? std::int64_t{1} << 32 : 0));
  builder->info = wire::inspect_payload(wire::Codec::kVp8, builder->payload()).value_or(wire::PayloadInfo{});
  return builder.publish();
}

// The retransmission of `original` (RFC 4588 §4).
inline Given rtx_of(const Given& original, std::uint16_t rtx_seq) {
  Given rtx = original;
  rtx.seq = rtx_seq;
  rtx.ssrc = kRtxSsrc;
  rtx.payload_type = kRtxPt;
  rtx.payload.insert(rtx.payload.begin(),
                     {static_cast<std::uint8_t>(original.seq >> 8), static_cast<std::uint8_t>(original.seq)});
  return rtx;
}

}  // namespace consomme::media::test
