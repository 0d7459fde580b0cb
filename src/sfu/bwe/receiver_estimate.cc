#include "sfu/bwe/receiver_estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void ReceiverEstimate::receive_remb(Instant now, Bitrate rate) {
  heard_ = true;
  remb_ = rate;
  remb_at_ = now;
  if (!decreased_) by_loss_ = std::max(by_loss_, rate);  // no loss has contradicted it
}

void ReceiverEstimate::change_path(Bitrate start) {
  const bool heard = heard_;
  *this = ReceiverEstimate(start, min_, max_);
  heard_ = heard;
}

void ReceiverEstimate::receive_loss(Instant now, double lost, double expected) {
  lost_ += lost;
  expected_ += expected;
  if (expected_ < kMinExpected || may_be_chance()) return;
  judge(now, std::exchange(lost_, 0) / std::exchange(expected_, 0));
}

// Whether it looks like much, and could well be less.
bool ReceiverEstimate::may_be_chance() const {
  const double much = kMuch * expected_;
  return expected_ < kEnough && lost_ > much && lost_ - kDeviations * std::sqrt(lost_) <= much;
}

void ReceiverEstimate::judge(Instant now, double fraction) {
  const double elapsed = reported_ ? seconds(std::min(now - *reported_, kRareReports)) : 0.0;
  reported_ = now;
  if (remb_ && now - remb_at_ > kValid) remb_.reset();
  if (fraction > kMuch) {
    if (decreased_ && now - *decreased_ < kBetweenDecreases) return;
    by_loss_ = std::max(min_, scaled(rate(), 1 - fraction / 2));
    decreased_ = now;
  } else if (fraction < kLittle) {
    by_loss_ = std::min(max_, scaled(by_loss_, std::pow(kGrowthPerSecond, elapsed)));
    if (remb_) by_loss_ = std::min(by_loss_, scaled(*remb_, 1.5));
  }
}

Bitrate ReceiverEstimate::rate() const {
  return remb_ ? std::min(*remb_, by_loss_) : by_loss_;
}

}  // namespace consomme::bwe
