#include "sfu/wire/rtcp_xr.h"

namespace consomme::wire {
namespace {

constexpr std::uint8_t kReferenceTimeBlock = 4;
constexpr std::uint8_t kDlrrBlock = 5;
constexpr std::size_t kSsrcBytes = 4;
constexpr std::size_t kBlockHeaderBytes = 4;
constexpr std::size_t kReferenceTimeBytes = 8;

bool begin_block(ByteWriter& writer, Ssrc sender, std::uint8_t type, std::size_t bytes) {
  if (!begin_rtcp(writer, RtcpType::kExtendedReport, 0, kSsrcBytes + kBlockHeaderBytes + bytes)) return false;
  writer.u32(sender.value());
  writer.u8(type);
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(bytes / 4));
  return true;
}

}  // namespace

DlrrItem DlrrItem::parse(ByteView bytes) {
  ByteReader reader(bytes);
  DlrrItem item;
  item.receiver = Ssrc(reader.u32());
  item.last_reference = reader.u32();
  item.since_last_reference = reader.u32();
  return item;
}

std::optional<ExtendedReport> parse_extended_report(const RtcpPacket& packet) {
  if (packet.type != RtcpType::kExtendedReport) return std::nullopt;
  ByteReader reader(packet.body);
  ExtendedReport report;
  report.sender = Ssrc(reader.u32());
  while (reader.ok() && reader.remaining() != 0) {
    const std::uint8_t type = reader.u8();
    reader.skip(1);
    const ByteView block = reader.bytes(std::size_t{reader.u16()} * 4);
    if (!reader.ok()) return std::nullopt;
    if (type == kReferenceTimeBlock && block.size() == kReferenceTimeBytes) {
      report.reference_time = NtpTime(load_be<8>(block.data()));
    }
    if (type == kDlrrBlock && report.delays.empty()) report.delays = RtcpItems<DlrrItem>(block);
  }
  if (!reader.ok()) return std::nullopt;
  return report;
}

bool write_reference_time(ByteWriter& writer, Ssrc sender, NtpTime now) {
  if (!begin_block(writer, sender, kReferenceTimeBlock, kReferenceTimeBytes)) return false;
  writer.u64(now.value());
  return true;
}

bool write_dlrr(ByteWriter& writer, Ssrc sender, std::span<const DlrrItem> items) {
  if (!begin_block(writer, sender, kDlrrBlock, items.size() * DlrrItem::kBytes)) return false;
  for (const DlrrItem& item : items) {
    writer.u32(item.receiver.value());
    writer.u32(item.last_reference);
    writer.u32(item.since_last_reference);
  }
  return true;
}

}  // namespace consomme::wire
