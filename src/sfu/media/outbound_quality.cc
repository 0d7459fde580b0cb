#include "sfu/media/outbound_quality.h"

#include <algorithm>
#include <utility>

namespace consomme::media {

Score OutboundQuality::assess(Instant now, const OutboundStream& stream) {
  const Sums sums{now, stream.packets(), stream.payload_bytes(), stream.resent_packets()};
  const Sums before = std::exchange(last_, sums);
  const std::int64_t ms = (now - before.at) / 1ms;
  const auto bytes = static_cast<std::int64_t>(sums.payload_bytes - before.payload_bytes);
  bitrate_ = Bitrate(ms > 0 ? bytes * 8'000 / ms : 0);

  const auto packets = static_cast<std::int64_t>(sums.packets - before.packets);
  const bool rested = now - active_ >= ScoreMeter::kSilence;
  if (packets == 0) return rested ? meter_.silence() : meter_.score();
  active_ = now;
  if (rested) began_ = now;
  const auto& report = stream.remote_report();
  const Instant heard = report ? std::max(began_, report->received) : began_;
  if (now - heard >= kUnheard) return meter_.silence();
  const double lost = report ? report->fraction_lost * static_cast<double>(packets) : 0;
  return meter_.update({.expected = packets,
                        .lost = lost,
                        .repaired = static_cast<std::int64_t>(sums.resent - before.resent)},
                       report ? report->rtt : std::nullopt);
}

}  // namespace consomme::media
