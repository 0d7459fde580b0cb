#include "sfu/bwe/rate_control.h"

#include <algorithm>
#include <cmath>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr double kNewest = 0.05;  // weight of the newest measurement in mean and spread
constexpr double kMinVariance = 0.4;
constexpr double kMaxVariance = 2.5;
constexpr double kDeviations = 3;

// Of the packets into which a video of this rate is cut (gcc-02 §5.5).
double packet_bits(Bitrate rate) {
  constexpr double kFramesPerSecond = 30;
  constexpr double kLargest = 1200 * 8;
  const double frame = static_cast<double>(rate.value()) / kFramesPerSecond;
  return frame / std::ceil(frame / kLargest);
}

double in_kbps(Bitrate rate) {
  return static_cast<double>(rate.value()) / 1000;
}

}  // namespace

void LinkCapacity::add(Bitrate acknowledged) {
  const double sample = in_kbps(acknowledged);
  mean_kbps_ = mean_kbps_ ? (1 - kNewest) * *mean_kbps_ + kNewest * sample : sample;
  const double error = *mean_kbps_ - sample;
  variance_ = (1 - kNewest) * variance_ + kNewest * error * error / std::max(*mean_kbps_, 1.0);
  variance_ = std::clamp(variance_, kMinVariance, kMaxVariance);
}

double LinkCapacity::spread_kbps() const {
  return kDeviations * std::sqrt(variance_ * *mean_kbps_);
}
bool LinkCapacity::above(Bitrate rate) const {
  return known() && in_kbps(rate) < *mean_kbps_ - spread_kbps();
}
bool LinkCapacity::below(Bitrate rate) const {
  return known() && in_kbps(rate) > *mean_kbps_ + spread_kbps();
}

void RateControl::update(Instant now, const Input& input) {
  switch (input.usage) {
    case Usage::kOver:
      state_ = State::kDecrease;
      break;
    case Usage::kUnder:  // the queue drains: do not fill it again
      state_ = State::kHold;
      break;
    case Usage::kNormal:
      if (state_ == State::kHold) state_ = State::kIncrease;
      break;
  }
  switch (state_) {
    case State::kHold:
      break;
    case State::kIncrease:
      if (input.queue < kQueueToFill) increase(now, input.acknowledged, input.rtt);
      break;
    case State::kDecrease:
      decrease(now, input);
      state_ = State::kHold;
      break;
  }
  changed_ = now;
}

void RateControl::increase(Instant now, std::optional<Bitrate> acknowledged, Duration rtt) {
  if (!acknowledged) return;
  const Bitrate ceiling = scaled(*acknowledged, kMaxAhead) + kAheadMargin;
  if (rate_ >= ceiling) return;
  if (capacity_.below(*acknowledged)) capacity_.reset();
  const double elapsed = std::min(1.0, changed_ ? seconds(now - *changed_) : 0.0);
  Bitrate next =
      std::min(scaled(rate_, std::pow(kGrowthPerSecond, elapsed)), rate_ + scaled(kMaxGrowthPerSecond, elapsed));
  if (capacity_.known()) {  // close to where the link was full: part of a packet per response
    const double per_second = std::max(kAdditive * packet_bits(rate_) / seconds(rtt + kResponse),
                                       static_cast<double>(kMinAdditivePerSecond.value()));
    next = std::min(next, rate_ + Bitrate(static_cast<std::int64_t>(per_second * elapsed)));
  }
  set(std::max(std::min(next, ceiling), scaled(*acknowledged, kProven)));
}

void RateControl::decrease(Instant now, const Input& input) {
  const Bitrate acknowledged = input.acknowledged.value_or(rate_);
  if (capacity_.above(acknowledged)) capacity_.reset();
  capacity_.add(acknowledged);
  const double by =
      std::max(kMinBackOff,
               kBackOff - kBackOffPerSecondOfQueue * seconds(std::max(Duration::zero(), input.queue - kShortQueue)));
  Bitrate next = scaled(acknowledged, by);
  // Where less is sent than was believed possible, that belief goes first. A longer queue has to drain at once, unless
  // it may be another's: then what is sent would soon be too little for the smallest video.
  if (input.queue <= kShortQueue || input.contested) next = std::max(next, std::min(acknowledged, scaled(rate_, by)));
  if (next >= rate_) return;
  if (!last_decrease_ || now - *last_decrease_ > 1s) before_decrease_ = rate_;
  set(next);
  last_decrease_ = now;
}

void RateControl::proven(Instant now, Bitrate rate) {
  set(rate);
  changed_ = now;
}

void RateControl::back_off(Instant now) {
  set(scaled(rate_, kBackOff));
  changed_ = now;
}

void RateControl::set(Bitrate rate) {
  rate_ = std::clamp(rate, limits_.min, limits_.max);
}

}  // namespace consomme::bwe
