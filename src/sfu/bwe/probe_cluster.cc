#include "sfu/bwe/probe_cluster.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr int kMinJudged = 4;
constexpr int kMinCounted = 15;
constexpr Bitrate kNarrow = kbps(200);
constexpr double kMaxLost = 0.2;  // more, and what arrived says nothing of a rate that can be used

}  // namespace

// What is judged has the planned rate by itself: a burst of media just before it must not take any of that.
std::size_t ProbeCluster::due(Instant now) const {
  const bool is_judged = judges(now);
  const double planned = bytes_in(plan_.target, now - (is_judged ? judged_from() : start_) + kTick);
  const std::size_t bytes = is_judged ? bytes_judged_ : bytes_skipped_;
  return planned > static_cast<double>(bytes) ? static_cast<std::size_t>(planned) - bytes : 0;
}

std::size_t ProbeCluster::packet() const {
  if (plan_.believed >= kNarrow) return kFullPacket;
  const double planned = bytes_in(plan_.target, plan_.span) / plan_.min_packets;
  return std::clamp(static_cast<std::size_t>(planned), kMinPacket, kFullPacket);
}

void ProbeCluster::sent(Instant now, std::size_t bytes) {
  last_sent_ = now;
  ++packets_;
  (judges(now) ? bytes_judged_ : bytes_skipped_) += bytes;
}

void ProbeCluster::receive(const PacketResult& result) {
  ++told_;
  if (!judges(result.sent)) return;
  ++judged_.packets;
  if (!result.arrived) {
    ++judged_.lost;
    return;
  }
  const double bytes = result.bytes;
  if (judged_.bytes == 0) {
    judged_.first_sent = judged_.last_sent = result.sent;
    judged_.first_arrived = judged_.last_arrived = *result.arrived;
    judged_.first_bytes = bytes;
  }
  judged_.bytes += bytes;
  judged_.last_burst = result.sent == judged_.last_sent ? judged_.last_burst + bytes : bytes;
  judged_.last_sent = std::max(judged_.last_sent, result.sent);
  judged_.first_sent = std::min(judged_.first_sent, result.sent);
  judged_.last_arrived = std::max(judged_.last_arrived, *result.arrived);
}

// The lower of the rates at which it left and at which it came. Of the first, what left last belongs to an interval
// that is not counted; of the second, what came first.
std::optional<Bitrate> ProbeCluster::measured(double own_loss) const {
  const int arrived = judged_.packets - judged_.lost;
  if (arrived < kMinJudged || loses_too_much(own_loss)) return std::nullopt;
  const Duration sending = judged_.last_sent - judged_.first_sent;
  const Duration arriving = judged_.last_arrived - judged_.first_arrived;
  if (sending <= Duration::zero() || arriving <= Duration::zero()) return std::nullopt;
  const Bitrate through = std::min(rate_of(judged_.bytes - judged_.last_burst, sending),
                                   rate_of(judged_.bytes - judged_.first_bytes, arriving));
  const double lost = static_cast<double>(judged_.lost) / judged_.packets;
  return scaled(through, 1 / (1 - std::min(own_loss, lost)));
}

Duration ProbeCluster::queue_made(Bitrate carried) const {
  const double times =
      static_cast<double>(plan_.target.value()) / static_cast<double>(std::max(carried, Bitrate(1)).value());
  return std::chrono::duration_cast<Duration>(plan_.span * (times - 1));
}

bool ProbeCluster::loses_too_much(double own_loss) const {
  return judged_.lost > (own_loss + kMaxLost) * judged_.packets;
}

std::optional<double> ProbeCluster::lost() const {
  if (judged_.packets < kMinCounted) return std::nullopt;
  return static_cast<double>(judged_.lost) / judged_.packets;
}

}  // namespace consomme::bwe
