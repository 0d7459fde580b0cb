// Extended reports (RFC 3611) as far as a round trip time for receivers needs them: receiver reference time (§4.4) and
// delay since the last of them (§4.5). Other blocks are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"
#include "sfu/wire/rtcp.h"

namespace consomme::wire {

struct DlrrItem {
  static constexpr std::size_t kBytes = 12;
  static DlrrItem parse(ByteView bytes);

  Ssrc receiver;                           // whose reference time it answers
  std::uint32_t last_reference = 0;        // NtpTime::compact() of it; 0: none came
  std::uint32_t since_last_reference = 0;  // 16.16 seconds
  bool operator==(const DlrrItem&) const = default;
};

struct ExtendedReport {
  Ssrc sender;
  std::optional<NtpTime> reference_time;
  RtcpItems<DlrrItem> delays;  // of the first such block
};
std::optional<ExtendedReport> parse_extended_report(const RtcpPacket& packet);

bool write_reference_time(ByteWriter& writer, Ssrc sender, NtpTime now);
bool write_dlrr(ByteWriter& writer, Ssrc sender, std::span<const DlrrItem> items);

}  // namespace consomme::wire
