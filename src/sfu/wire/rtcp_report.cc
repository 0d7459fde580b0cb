#include "sfu/wire/rtcp_report.h"

#include <algorithm>

namespace consomme::wire {
namespace {

constexpr std::size_t kSsrcBytes = 4;
constexpr std::size_t kSenderInfoBytes = 20;
constexpr std::uint8_t kSdesEnd = 0;
constexpr std::uint8_t kSdesCname = 1;
constexpr std::int32_t kMaxCumulativeLost = 0x7fffff;
constexpr std::int32_t kMinCumulativeLost = -0x800000;

std::int32_t sign_extend_24(std::uint32_t value) {
  return static_cast<std::int32_t>(value << 8) >> 8;
}

void write_block(ByteWriter& writer, const ReportBlock& block) {
  writer.u32(block.ssrc.value());
  writer.u8(block.fraction_lost);
  // RFC 3550 §A.3: the count stays at its bound when it would leave 24 bits.
  writer.u24(static_cast<std::uint32_t>(std::clamp(block.cumulative_lost, kMinCumulativeLost, kMaxCumulativeLost)) &
             0xffffff);
  writer.u32(block.highest_seq);
  writer.u32(block.jitter);
  writer.u32(block.last_sender_report);
  writer.u32(block.since_sender_report);
}

// The blocks that the header announces; nullopt when they are not all there.
std::optional<RtcpItems<ReportBlock>> read_blocks(ByteReader& reader, std::uint8_t count) {
  const ByteView bytes = reader.bytes(count * ReportBlock::kBytes);
  if (!reader.ok()) return std::nullopt;
  return RtcpItems<ReportBlock>(bytes);
}

// Reads one chunk's items up to and including its end and padding, and returns its CNAME. !reader.ok(): broken.
std::optional<std::string_view> read_chunk_cname(ByteReader& reader) {
  std::optional<std::string_view> cname;
  const std::size_t start = reader.offset();
  while (reader.ok()) {
    const std::uint8_t type = reader.u8();
    if (type == kSdesEnd) break;
    const ByteView text = reader.bytes(reader.u8());
    if (type == kSdesCname && !cname && reader.ok()) cname = as_text(text);
  }
  const std::size_t beyond = (reader.offset() - start) % 4;
  reader.skip(beyond == 0 ? 0 : 4 - beyond);
  return cname;
}

}  // namespace

ReportBlock ReportBlock::parse(ByteView bytes) {
  ByteReader reader(bytes);
  ReportBlock block;
  block.ssrc = Ssrc(reader.u32());
  block.fraction_lost = reader.u8();
  block.cumulative_lost = sign_extend_24(reader.u24());
  block.highest_seq = reader.u32();
  block.jitter = reader.u32();
  block.last_sender_report = reader.u32();
  block.since_sender_report = reader.u32();
  return block;
}

std::optional<SenderReport> parse_sender_report(const RtcpPacket& packet) {
  if (packet.type != RtcpType::kSenderReport) return std::nullopt;
  ByteReader reader(packet.body);
  SenderReport report;
  report.sender = Ssrc(reader.u32());
  report.info.ntp = NtpTime(reader.u64());
  report.info.rtp = RtpTimestamp(reader.u32());
  report.info.packets = reader.u32();
  report.info.payload_bytes = reader.u32();
  const auto blocks = read_blocks(reader, packet.count);
  if (!blocks) return std::nullopt;
  report.blocks = *blocks;
  return report;
}

std::optional<ReceiverReport> parse_receiver_report(const RtcpPacket& packet) {
  if (packet.type != RtcpType::kReceiverReport) return std::nullopt;
  ByteReader reader(packet.body);
  const Ssrc sender(reader.u32());
  const auto blocks = read_blocks(reader, packet.count);
  if (!blocks) return std::nullopt;
  return ReceiverReport{sender, *blocks};
}

bool write_sender_report(ByteWriter& writer, Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxRtcpCount) return false;
  const std::size_t body_bytes = kSsrcBytes + kSenderInfoBytes + blocks.size() * ReportBlock::kBytes;
  if (!begin_rtcp(writer, RtcpType::kSenderReport, static_cast<std::uint8_t>(blocks.size()), body_bytes)) return false;
  writer.u32(sender.value());
  writer.u64(info.ntp.value());
  writer.u32(info.rtp.value());
  writer.u32(info.packets);
  writer.u32(info.payload_bytes);
  for (const ReportBlock& block : blocks) write_block(writer, block);
  return true;
}

bool write_receiver_report(ByteWriter& writer, Ssrc sender, std::span<const ReportBlock> blocks) {
  if (blocks.size() > kMaxRtcpCount) return false;
  const std::size_t body_bytes = kSsrcBytes + blocks.size() * ReportBlock::kBytes;
  if (!begin_rtcp(writer, RtcpType::kReceiverReport, static_cast<std::uint8_t>(blocks.size()), body_bytes))
    return false;
  writer.u32(sender.value());
  for (const ReportBlock& block : blocks) write_block(writer, block);
  return true;
}

CnameReader::CnameReader(const RtcpPacket& packet)
    : rest_(packet.body), chunks_left_(packet.type == RtcpType::kSourceDescription ? packet.count : std::uint8_t{0}) {}

std::optional<Cname> CnameReader::next() {
  while (chunks_left_ > 0) {
    --chunks_left_;
    const Ssrc ssrc(rest_.u32());
    const std::optional<std::string_view> text = read_chunk_cname(rest_);
    if (!rest_.ok()) return std::nullopt;
    if (text) return Cname{ssrc, *text};
  }
  return std::nullopt;
}

bool write_cname(ByteWriter& writer, const Cname& cname) {
  if (cname.text.size() > 0xff) return false;
  const std::size_t item_bytes = 2 + cname.text.size();
  const std::size_t end_bytes = 4 - item_bytes % 4;  // 1 to 4 zeros: the end, and padding
  if (!begin_rtcp(writer, RtcpType::kSourceDescription, 1, kSsrcBytes + item_bytes + end_bytes)) return false;
  writer.u32(cname.ssrc.value());
  writer.u8(kSdesCname);
  writer.u8(static_cast<std::uint8_t>(cname.text.size()));
  writer.bytes(as_bytes(cname.text));
  writer.zeros(end_bytes);
  return true;
}

std::optional<SsrcList> parse_bye(const RtcpPacket& packet) {
  if (packet.type != RtcpType::kBye) return std::nullopt;
  ByteReader reader(packet.body);
  const ByteView sources = reader.bytes(packet.count * SsrcItem::kBytes);
  if (!reader.ok()) return std::nullopt;
  return SsrcList(sources);
}

bool write_bye(ByteWriter& writer, Ssrc source) {
  if (!begin_rtcp(writer, RtcpType::kBye, 1, kSsrcBytes)) return false;
  writer.u32(source.value());
  return true;
}

}  // namespace consomme::wire
