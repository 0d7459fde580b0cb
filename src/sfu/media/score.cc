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

}  // namespace

Score ScoreMeter::update(const Interval& interval, std::optional<Duration> rtt) {
  if (interval.expected > 0) {
    const std::int64_t lost = std::max<std::int64_t>(interval.lost, 0);  // late packets make up for earlier losses
    const double repaired = static_cast<double>(std::clamp<std::int64_t>(interval.repaired, 0, lost));
    const double gone = static_cast<double>(lost) - repaired;
    const double loss = std::min((gone + kWeightOfRepaired * repaired) / static_cast<double>(interval.expected), 1.0);
    loss_ = loss_ ? *loss_ + kSmoothing * (loss - *loss_) : loss;
  }
  if (!loss_) return score_;
  int points = static_cast<int>(std::lround(kMaxScore * std::pow(1 - *loss_, kExponent)));
  if (rtt && *rtt > kLongRoundTrip) --points;
  if (rtt && *rtt > kVeryLongRoundTrip) --points;
  return score_ = static_cast<Score>(std::max(points, 1));  // something arrives
}

}  // namespace consomme::media
