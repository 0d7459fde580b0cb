#include "sfu/media/score.h"

#include <algorithm>
#include <cmath>

namespace consomme::media {
namespace {

constexpr double kWeightOfRepaired = 0.25;
// Half of what is new: one bad second shows, and does not flap.
constexpr double kSmoothing = 0.5;
// 1 % of loss is hardly seen, 5 % is, 20 % is hard to bear: 9.6, 8.1 and 4.1.
constexpr double kExponent = 4;

// Late packets make up for earlier losses.
double weighed_loss(const ScoreMeter::Interval& interval) {
  const double lost = std::max(interval.lost, 0.);
  const double repaired = std::clamp(static_cast<double>(interval.repaired), 0., lost);
  const double gone = lost - repaired;
  return std::min((gone + kWeightOfRepaired * repaired) / static_cast<double>(interval.expected), 1.);
}

}  // namespace

Score ScoreMeter::update(const Interval& interval, std::optional<Duration> rtt) {
  sum_.expected += interval.expected;
  sum_.lost += interval.lost;
  sum_.repaired += interval.repaired;
  if (sum_.expected >= kTelling) {
    const double loss = weighed_loss(sum_);
    loss_ = loss_ ? *loss_ + kSmoothing * (loss - *loss_) : loss;
    sum_ = {};
  }
  if (!loss_ && sum_.expected <= 0) return score_;
  const double loss = loss_ ? *loss_ : weighed_loss(sum_);
  int points = static_cast<int>(std::lround(kMaxScore * std::pow(1 - loss, kExponent)));
  if (rtt && *rtt > kLongRoundTrip) --points;
  if (rtt && *rtt > kVeryLongRoundTrip) --points;
  return score_ = static_cast<Score>(std::max(points, 1));  // something arrives
}

}  // namespace consomme::media
