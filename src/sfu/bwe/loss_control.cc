#include "sfu/bwe/loss_control.h"

#include <algorithm>
#include <cmath>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void LossControl::add(const PacketResult& result) {
  if (result.cluster != 0) {  // a probe is meant to find the limit
    period_ = {};
    return;
  }
  if (period_.start && result.sent - period_.end > kPause) period_ = {};  // no rate is to be had across it
  if (!period_.start) period_.start = result.sent;
  period_.end = std::max(period_.end, result.sent);
  ++period_.packets;
  const bool lost = !result.arrived;
  if (lost) ++period_.lost;
  if (lost && !period_.in_burst) ++period_.bursts;
  period_.in_burst = lost;
  period_.bytes += result.bytes;
}

void LossControl::update(Instant now, Duration queue, std::optional<Bitrate> carried) {
  if (!period_.start) return;
  const Duration span = period_.end - *period_.start;
  if (period_.packets >= kMinPackets && span >= kMinPeriod) {
    judge(now, queue, carried);
    period_ = {};
  } else if (period_.lost == 0 && span >= kClean) {
    grow(now, rate_of(period_.bytes, span));
  }
}

void LossControl::judge(Instant now, Duration queue, std::optional<Bitrate> carried) {
  const double loss = static_cast<double>(period_.lost) / period_.packets;
  const Bitrate sent = rate_of(period_.bytes, period_.end - *period_.start);
  const double own = now < doubt_from_ ? own_ : 0;
  const double excess = loss - own;
  if (excess > kTolerated + kDeviations * by_chance(own)) {
    const Bitrate through = scaled(sent, 1 - excess);
    // Of a burst that was too much for a full link little gets through, but what arrives goes on to.
    if (queue > kLongQueue) return bind(now, std::max(through, carried.value_or(Bitrate())));
    suspicion_ = Suspicion{loss, own, sent, through};
    return;
  }
  suspicion_.reset();
  // It falls by itself, but rises by experiment only: a rate that creeps up brings loss that creeps up.
  if (loss < own_) own_ = (1 - kOwnFalls) * own_ + kOwnFalls * loss;
  grow(now, sent);
}

// The standard deviation of a period's loss when nothing but the link's own is at work. Lost in bursts of a mean length
// b, n packets tell as much as n / (2 b - 1) that are lost each on its own.
double LossControl::by_chance(double own) const {
  constexpr double kLeast = 0.01;  // no link is so clean that a single loss would prove congestion
  constexpr double kLongest = 6;
  const double burst =
      period_.bursts == 0 ? 1.0 : std::min(kLongest, static_cast<double>(period_.lost) / period_.bursts);
  const double expected = std::max(own, kLeast);
  return std::sqrt(expected * (1 - expected) * (2 * burst - 1) / period_.packets);
}

std::optional<Bitrate> LossControl::bound() const {
  if (!suspicion_ || suspicion_->loss < kDrastic) return bound_;
  return bound_ ? std::min(*bound_, suspicion_->through) : suspicion_->through;
}

std::optional<Bitrate> LossControl::experiment() const {
  if (!suspicion_) return std::nullopt;
  return scaled(suspicion_->sent, kTried);
}

void LossControl::conclude(Instant now, double lost) {
  if (!suspicion_) return;
  const double if_full = 1 - (1 - suspicion_->loss) / kTried;
  const bool full = lost > (suspicion_->loss + if_full) / 2;
  own_ = suspicion_->own;
  if (full || suspicion_->loss > kMaxOwn) return bind(now, suspicion_->through);
  own_ = std::max(own_, (suspicion_->loss + 2 * lost) / 3);
  doubt_from_ = now + kBelief;
  suspicion_.reset();
}

void LossControl::bind(Instant now, Bitrate through) {
  const Bitrate below = std::max(kLeastBound, scaled(through, kBackOff));
  bound_ = bound_ ? std::min(*bound_, below) : below;
  suspicion_.reset();
  resting_until_ = now + kRest;
  grown_.reset();
}

void LossControl::grow(Instant now, Bitrate sent) {
  if (!bound_ || now < resting_until_) return;
  const double elapsed = grown_ ? seconds(now - *grown_) : 0.0;
  grown_ = now;
  bound_ = scaled(*bound_, std::pow(kGrowthPerSecond, elapsed));
  if (*bound_ > scaled(sent, kFreeAbove)) bound_.reset();
}

}  // namespace consomme::bwe
