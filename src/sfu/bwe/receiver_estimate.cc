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

void ReceiverEstimate::receive_loss(Instant now, double lost, double expected) {
  lost_ += lost;
  expected_ += expected;
  if (expected_ < kMinExpected) return;
  judge(now, std::exchange(lost_, 0) / std::exchange(expected_, 0));
}

void ReceiverEstimate::judge(Instant now, double fraction) {
  const double elapsed = reported_ ? std::min(1.0, seconds(now - *reported_)) : 0.0;
  reported_ = now;
  if (remb_ && now - remb_at_ > kValid) remb_.reset();
  if (fraction > kMuch) {
    if (decreased_ && now - *decreased_ < kBetweenDecreases) return;
    by_loss_ = scaled(rate(), 1 - fraction / 2);
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
