#include "sfu/wire/rtcp_feedback.h"

#include <algorithm>
#include <bit>

namespace consomme::wire {
namespace {

constexpr std::size_t kSourcesBytes = 8;                    // sender and media source
constexpr std::uint32_t kRembName = 0x52454d42;             // "REMB"
constexpr std::size_t kRembFixedBytes = kSourcesBytes + 8;  // name, count and bitrate
constexpr int kRembMantissaBits = 18;
constexpr std::size_t kMaxRembSources = 0xff;
// Above what any path carries; keeps the shift of a hostile exponent inside 64 bits.
constexpr std::int64_t kMaxRembBitrate = std::int64_t{1} << 50;

bool is_feedback(const RtcpPacket& packet, RtpFeedback format) {
  return packet.type == RtcpType::kRtpFeedback && packet.count == static_cast<std::uint8_t>(format);
}
bool is_feedback(const RtcpPacket& packet, PayloadFeedback format) {
  return packet.type == RtcpType::kPayloadFeedback && packet.count == static_cast<std::uint8_t>(format);
}

bool begin_payload_feedback(ByteWriter& writer, PayloadFeedback format, std::size_t body_bytes) {
  return begin_rtcp(writer, RtcpType::kPayloadFeedback, static_cast<std::uint8_t>(format), body_bytes);
}

std::int64_t remb_bitrate(std::uint8_t exponent, std::uint32_t mantissa) {
  if (mantissa == 0) return 0;
  if (exponent > 50 - kRembMantissaBits) return kMaxRembBitrate;
  return std::int64_t{mantissa} << exponent;
}

}  // namespace

NackItem NackItem::parse(ByteView bytes) {
  ByteReader reader(bytes);
  const SeqNo first(reader.u16());
  return {first, reader.u16()};
}

std::optional<Nack> parse_nack(const RtcpPacket& packet) {
  if (!is_feedback(packet, RtpFeedback::kNack)) return std::nullopt;
  ByteReader reader(packet.body);
  const Ssrc sender(reader.u32());
  const Ssrc media(reader.u32());
  if (!reader.ok()) return std::nullopt;
  return Nack{sender, media, RtcpItems<NackItem>(reader.rest())};
}

PackedNack pack_nack(std::span<const SeqNo> lost, std::span<NackItem> out) {
  PackedNack packed;
  for (const SeqNo seq : lost) {
    if (packed.items != 0) {
      NackItem& last = out[packed.items - 1];
      const int behind = distance(last.first, seq);
      if (behind >= 1 && behind <= 16) {
        last.following = static_cast<std::uint16_t>(last.following | 1U << (behind - 1));
        ++packed.numbers;
        continue;
      }
    }
    if (packed.items == out.size()) break;
    out[packed.items++] = {seq, 0};
    ++packed.numbers;
  }
  return packed;
}

bool write_nack(ByteWriter& writer, Ssrc sender, Ssrc media, std::span<const NackItem> items) {
  const std::size_t body_bytes = kSourcesBytes + items.size() * NackItem::kBytes;
  if (!begin_rtcp(writer, RtcpType::kRtpFeedback, static_cast<std::uint8_t>(RtpFeedback::kNack), body_bytes)) {
    return false;
  }
  writer.u32(sender.value());
  writer.u32(media.value());
  for (const NackItem& item : items) {
    writer.u16(item.first.value());
    writer.u16(item.following);
  }
  return true;
}

std::optional<PictureLoss> parse_pli(const RtcpPacket& packet) {
  if (!is_feedback(packet, PayloadFeedback::kPictureLoss)) return std::nullopt;
  ByteReader reader(packet.body);
  const Ssrc sender(reader.u32());
  const Ssrc media(reader.u32());
  if (!reader.ok()) return std::nullopt;
  return PictureLoss{sender, media};
}

bool write_pli(ByteWriter& writer, const PictureLoss& pli) {
  if (!begin_payload_feedback(writer, PayloadFeedback::kPictureLoss, kSourcesBytes)) return false;
  writer.u32(pli.sender.value());
  writer.u32(pli.media.value());
  return true;
}

FirItem FirItem::parse(ByteView bytes) {
  ByteReader reader(bytes);
  const Ssrc media(reader.u32());
  return {media, reader.u8()};
}

std::optional<FullIntraRequest> parse_fir(const RtcpPacket& packet) {
  if (!is_feedback(packet, PayloadFeedback::kFullIntraRequest)) return std::nullopt;
  ByteReader reader(packet.body);
  const Ssrc sender(reader.u32());
  reader.skip(4);  // the media source is not used here (RFC 5104 §4.3.1.1)
  if (!reader.ok()) return std::nullopt;
  return FullIntraRequest{sender, RtcpItems<FirItem>(reader.rest())};
}

bool write_fir(ByteWriter& writer, Ssrc sender, std::span<const FirItem> items) {
  const std::size_t body_bytes = kSourcesBytes + items.size() * FirItem::kBytes;
  if (!begin_payload_feedback(writer, PayloadFeedback::kFullIntraRequest, body_bytes)) return false;
  writer.u32(sender.value());
  writer.u32(0);
  for (const FirItem& item : items) {
    writer.u32(item.media.value());
    writer.u8(item.number);
    writer.zeros(3);
  }
  return true;
}

std::optional<Remb> parse_remb(const RtcpPacket& packet) {
  if (!is_feedback(packet, PayloadFeedback::kApplicationLayer)) return std::nullopt;
  ByteReader reader(packet.body);
  const Ssrc sender(reader.u32());
  reader.skip(4);
  if (reader.u32() != kRembName) return std::nullopt;
  const std::uint8_t source_count = reader.u8();
  const std::uint32_t rate = reader.u24();
  const ByteView sources = reader.bytes(source_count * SsrcItem::kBytes);
  if (!reader.ok()) return std::nullopt;
  const auto exponent = static_cast<std::uint8_t>(rate >> kRembMantissaBits);
  const std::uint32_t mantissa = rate & ((1U << kRembMantissaBits) - 1);
  return Remb{sender, Bitrate(remb_bitrate(exponent, mantissa)), SsrcList(sources)};
}

bool write_remb(ByteWriter& writer, Ssrc sender, Bitrate bitrate, std::span<const Ssrc> sources) {
  if (sources.size() > kMaxRembSources) return false;
  const std::size_t body_bytes = kRembFixedBytes + sources.size() * SsrcItem::kBytes;
  if (!begin_payload_feedback(writer, PayloadFeedback::kApplicationLayer, body_bytes)) return false;
  const auto rate = static_cast<std::uint64_t>(std::clamp<std::int64_t>(bitrate.value(), 0, kMaxRembBitrate));
  const int exponent = std::max(0, static_cast<int>(std::bit_width(rate)) - kRembMantissaBits);
  writer.u32(sender.value());
  writer.u32(0);
  writer.u32(kRembName);
  writer.u8(static_cast<std::uint8_t>(sources.size()));
  writer.u24(static_cast<std::uint32_t>(exponent) << kRembMantissaBits | static_cast<std::uint32_t>(rate >> exponent));
  for (const Ssrc source : sources) writer.u32(source.value());
  return true;
}

}  // namespace consomme::wire
