// Sender and receiver reports, source description and goodbye (RFC 3550 §6.4 to §6.6). Parsers take the part that
// RtcpReader handed out; writers append one part, all of it or (false) nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/wire/rtcp.h"

namespace consomme::wire {

struct ReportBlock {
  static constexpr std::size_t kBytes = 24;
  static ReportBlock parse(ByteView bytes);

  Ssrc ssrc;
  std::uint8_t fraction_lost = 0;         // of 256
  std::int32_t cumulative_lost = 0;       // 24 bits, negative when duplicates came
  std::uint32_t highest_seq = 0;          // extended: cycles and sequence number
  std::uint32_t jitter = 0;               // RTP timestamp units
  std::uint32_t last_sender_report = 0;   // NtpTime::compact() of it; 0: none came
  std::uint32_t since_sender_report = 0;  // 16.16 seconds
  bool operator==(const ReportBlock&) const = default;
};

struct SenderInfo {
  NtpTime ntp;
  RtpTimestamp rtp;
  std::uint32_t packets = 0;
  std::uint32_t payload_bytes = 0;
  bool operator==(const SenderInfo&) const = default;
};

struct SenderReport {
  Ssrc sender;
  SenderInfo info;
  RtcpItems<ReportBlock> blocks;
};
struct ReceiverReport {
  Ssrc sender;
  RtcpItems<ReportBlock> blocks;
};
std::optional<SenderReport> parse_sender_report(const RtcpPacket& packet);
std::optional<ReceiverReport> parse_receiver_report(const RtcpPacket& packet);
// At most kMaxRtcpCount blocks.
bool write_sender_report(ByteWriter& writer, Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks);
bool write_receiver_report(ByteWriter& writer, Ssrc sender, std::span<const ReportBlock> blocks);

struct Cname {
  Ssrc ssrc;
  std::string_view text;  // at most 255 bytes
};
// Walks the chunks of a source description that carry a CNAME; other items are passed over.
class CnameReader {
 public:
  explicit CnameReader(const RtcpPacket& packet);
  std::optional<Cname> next();

 private:
  ByteReader rest_;
  std::uint8_t chunks_left_;
};
bool write_cname(ByteWriter& writer, const Cname& cname);

// The sources that say goodbye; the reason is not looked at.
std::optional<SsrcList> parse_bye(const RtcpPacket& packet);
bool write_bye(ByteWriter& writer, Ssrc source);

}  // namespace consomme::wire
