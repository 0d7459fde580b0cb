#include "sfu/bwe/reported_loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

std::optional<double> ReportedLoss::add(Instant now, double lost, double expected, bool full) {
  if (!begun_) begin(now);
  if (experiment_ && now > experiment_->until) experiment_.reset();  // nothing more is sent for it
  if (experiment_ && *begun_ < experiment_->tells_from) {            // it tells of what was sent before, too
    begin(now);
    return std::nullopt;
  }
  lost_ += lost;
  expected_ += expected;
  if (expected_ < kMinExpected) return std::nullopt;
  if (experiment_ ? expected_ < kToTell : may_be_chance()) return std::nullopt;
  const std::optional<double> verdict = judge(now, full);
  begin(now);
  return verdict;
}

std::optional<double> ReportedLoss::judge(Instant now, bool full) {
  own_ = std::min(own_, at_most());
  if (experiment_) return conclude(share());
  const double excess = std::max(0.0, share() - own_);
  const bool is_known = full || bytes_ == 0 || now == *begun_ || share() >= kDrastic;
  if (excess <= kMuch || is_known) return excess;
  experiment_ = {.loss = share(),
                 .rate = scaled(rate_of(bytes_, now - *begun_), kTried),
                 .tells_from = now + kSettling,
                 .until = now + kPatience};
  next_padding_ = now;
  return std::nullopt;
}

double ReportedLoss::conclude(double after) {
  const double before = std::exchange(experiment_, std::nullopt)->loss;
  const double if_full = 1 - (1 - before) / kTried;
  if (after <= std::min(kDrastic, (before + if_full) / 2)) own_ = std::max(own_, (before + after) / 2);
  return std::max(0.0, before - own_);
}

std::size_t ReportedLoss::due(Instant now) const {
  if (!experiment_ || now >= experiment_->until) return 0;
  const double missing = bytes_in(experiment_->rate, now - *begun_ + kTick) - bytes_;
  return missing > 0 ? static_cast<std::size_t>(missing) : 0;
}

// The share that rarely shows as that little: the upper bound of a number's mean (Poisson) by its score.
double ReportedLoss::at_most() const {
  constexpr double kHalf = kDeviations * kDeviations / 2;
  return (lost_ + kHalf + kDeviations * std::sqrt(lost_ + kHalf / 2)) / expected_;
}

// Whether it looks like much, and could well be less.
bool ReportedLoss::may_be_chance() const {
  const double much = (own_ + kMuch) * expected_;
  return expected_ < kEnough && lost_ > much && lost_ - kDeviations * std::sqrt(lost_) <= much;
}

void ReportedLoss::begin(Instant now) {
  bytes_ = lost_ = expected_ = 0;
  begun_ = now;
}

}  // namespace consomme::bwe
