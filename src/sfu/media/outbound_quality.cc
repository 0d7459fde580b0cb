#include "sfu/media/outbound_quality.h"

#include <utility>

namespace consomme::media {

OutboundQuality::Sums OutboundQuality::sums_of(Instant now, const OutboundStream& stream) {
  return {now, stream.packets(), stream.payload_bytes(), stream.resent_packets()};
}

void OutboundQuality::begin(Instant now, const OutboundStream& stream) {
  last_ = sums_of(now, stream);
  began_ = active_ = now;
  meter_.forget();
}

void OutboundQuality::note(const RemoteReport& report, const OutboundStream& stream) {
  const std::int64_t lost = report.cumulative_lost - stream.missing();
  const std::int64_t of_late = lost - std::exchange(lost_, lost);
  const bool is_first = report.expected == 0;
  const auto sent = static_cast<double>(is_first ? stream.packets() : report.expected);
  if (of_late >= kFewestLost && static_cast<double>(of_late) > kLossy * sent)
    lossy_until_ = report.received + kLossyFor;
}

Score OutboundQuality::assess(Instant now, const OutboundStream& stream) {
  if (now - last_.at < kLeast) return meter_.score();
  const Sums sums = sums_of(now, stream);
  const Sums before = std::exchange(last_, sums);
  const auto bytes = static_cast<std::int64_t>(sums.payload_bytes - before.payload_bytes);
  bitrate_ = Bitrate(bytes * 8'000 / ((now - before.at) / 1ms));

  const auto packets = static_cast<std::int64_t>(sums.packets - before.packets);
  const bool rested = now - active_ >= ScoreMeter::kSilence;
  if (packets == 0) return rested ? meter_.silence() : meter_.score();
  active_ = now;
  if (rested) began_ = before.at;
  const auto& report = stream.remote_report();
  const bool is_reported = report && report->received >= began_;
  if (now - (is_reported ? report->received : began_) >= kUnheard) return meter_.silence();
  return meter_.update({.expected = packets,
                        .lost = is_reported ? report->fraction_lost * static_cast<double>(packets) : 0,
                        .repaired = static_cast<std::int64_t>(sums.resent - before.resent)},
                       report ? report->rtt() : std::nullopt);
}

}  // namespace consomme::media
