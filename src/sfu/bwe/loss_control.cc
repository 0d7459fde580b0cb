#include "sfu/bwe/loss_control.h"

#include <algorithm>
#include <cmath>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void LossControl::update(Instant now, std::span<const PacketResult> results, Duration rtt) {
  for (const PacketResult& result : results) {
    if (result.cluster != 0) {  // a probe is meant to find the limit
      period_ = {};
      continue;
    }
    if (trial_ && result.sent < trial_->from) continue;
    if (!period_.start) period_.start = result.sent;
    period_.end = std::max(period_.end, result.sent);
    ++period_.packets;
    const bool lost = !result.arrived;
    if (lost) ++period_.lost;
    if (lost && !period_.in_burst) ++period_.bursts;
    period_.in_burst = lost;
    period_.bytes += result.bytes;
  }
  if (period_.packets < kMinPackets || period_.end - *period_.start < kMinPeriod) return;
  judge(now, rtt);
  period_ = {};
}

void LossControl::judge(Instant now, Duration rtt) {
  const double loss = static_cast<double>(period_.lost) / period_.packets;
  const Bitrate sent = rate_of(period_.bytes, period_.end - *period_.start);
  recent_ = loss;
  if (trial_) conclude(loss);
  const double excess = loss - own_;
  if (excess > kTolerated + kDeviations * by_chance()) return begin_trial(now, loss, excess, sent, rtt);
  // It falls by itself, but rises by experiment only: a rate that creeps up brings loss that creeps up.
  if (loss < own_) own_ = (1 - kOwnFalls) * own_ + kOwnFalls * loss;
  grow(now, sent);
}

// The standard deviation of a period's loss when nothing but the link's own is at work. Lost in bursts of a mean length
// b, n packets tell as much as n / (2 b - 1) that are lost each on its own.
double LossControl::by_chance() const {
  constexpr double kLeast = 0.01;  // no link is so clean that a single loss would prove congestion
  constexpr double kLongest = 6;
  const double burst =
      period_.bursts == 0 ? 1.0 : std::min(kLongest, static_cast<double>(period_.lost) / period_.bursts);
  const double expected = std::max(own_, kLeast);
  return std::sqrt(expected * (1 - expected) * (2 * burst - 1) / period_.packets);
}

void LossControl::begin_trial(Instant now, double loss, double excess, Bitrate sent, Duration rtt) {
  const Bitrate through = scaled(sent, 1 - excess);
  bound_ = bound_ ? std::min(*bound_, through) : through;
  trial_ = Trial{loss, now + rtt};
  resting_until_ = now + kRest;
  grown_.reset();
}

// The loss of a period that was sent under the bound.
void LossControl::conclude(double loss) {
  const bool as_before = loss > (own_ + trial_->loss_before) / 2;
  if (as_before) {
    own_ = std::min(kMaxOwn, (loss + trial_->loss_before) / 2);
    bound_.reset();
  }
  trial_.reset();
}

void LossControl::grow(Instant now, Bitrate sent) {
  if (!bound_ || now < resting_until_) return;
  const double elapsed = grown_ ? seconds(now - *grown_) : 0.0;
  grown_ = now;
  bound_ = scaled(*bound_, std::pow(kGrowthPerSecond, elapsed));
  if (*bound_ > scaled(sent, kFreeAbove)) bound_.reset();
}

}  // namespace consomme::bwe
