#include "sfu/bwe/receiver_estimate.h"

#include <algorithm>
#include <cmath>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void ReceiverEstimate::receive_remb(Instant now, Bitrate rate) {
  heard_ = true;
  remb_ = rate;
  remb_at_ = now;
  if (!decreased_) by_loss_ = std::max(by_loss_, rate);  // no loss has contradicted it
  // Nothing is sent of which reports could tell, and will not be as long as this is believed.
  const bool untold = reported_ && now - *reported_ > kRareReports;
  if (untold) by_loss_ = std::max(by_loss_, std::min(rate, scaled(by_loss_, kGrowthUntold)));
}

void ReceiverEstimate::change_path(Bitrate start) {
  const bool heard = heard_;
  *this = ReceiverEstimate(start, min_, max_);
  heard_ = heard;
}

void ReceiverEstimate::receive_loss(Instant now, double lost, double expected) {
  if (const auto share = loss_.add(now, lost, expected)) judge(now, *share);
}

void ReceiverEstimate::judge(Instant now, double share) {
  const double elapsed = reported_ ? seconds(std::min(now - *reported_, kRareReports)) : 0.0;
  reported_ = now;
  if (remb_ && now - remb_at_ > kValid) remb_.reset();
  if (share > ReportedLoss::kMuch) {
    if (decreased_ && now - *decreased_ < kBetweenDecreases) return;
    by_loss_ = std::max(min_, scaled(rate(), 1 - share / 2));
    decreased_ = now;
  } else if (share < ReportedLoss::kLittle) {
    by_loss_ = std::min(max_, scaled(by_loss_, std::pow(kGrowthPerSecond, elapsed)));
    if (remb_) by_loss_ = std::min(by_loss_, scaled(*remb_, 1.5));
  }
}

Bitrate ReceiverEstimate::rate() const {
  return remb_ ? std::min(*remb_, by_loss_) : by_loss_;
}

}  // namespace consomme::bwe
