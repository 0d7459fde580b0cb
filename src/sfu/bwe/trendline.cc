#include "sfu/bwe/trendline.h"

#include <algorithm>
#include <cmath>

namespace consomme::bwe {
namespace {

double to_ms(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

}  // namespace

Usage Trendline::update(const GroupDelta& delta) {
  if (!start_) start_ = delta.arrival;
  ++groups_;
  delay_ms_ += to_ms(delta.arrived - delta.sent);
  smoothed_ms_ = kSmoothing * smoothed_ms_ + (1 - kSmoothing) * delay_ms_;
  samples_[count_++ % kWindow] = {to_ms(delta.arrival - *start_), smoothed_ms_};
  const double trend = slope().value_or(trend_);
  judge(trend, to_ms(delta.sent));
  adapt(trend * static_cast<double>(std::min(groups_, kMaxCounted)) * kGain, delta.arrival);
  trend_ = trend;
  return usage_;
}

void Trendline::restart() {
  count_ = 0;
  groups_ = 0;
  delay_ms_ = smoothed_ms_ = trend_ = 0;
  over_ms_ = -1;
  over_count_ = 0;
  usage_ = Usage::kNormal;
}

// Least squares, about the first sample, so that no large numbers cancel out. nullopt before the window is full, and
// when all of it arrived at once. Two sums of each kind: one addition does not wait for the one before.
std::optional<double> Trendline::slope() const {
  if (count_ < kWindow) return std::nullopt;
  const Sample& origin = samples_.front();
  std::array<double, 2> at{};
  std::array<double, 2> delay{};
  std::array<double, 2> at_at{};
  std::array<double, 2> at_delay{};
  static_assert(kWindow % 2 == 0);
  for (std::size_t i = 0; i < kWindow; i += 2)
    for (std::size_t k = 0; k < 2; ++k) {
      const Sample& sample = samples_[i + k];
      const double x = sample.at_ms - origin.at_ms;
      const double y = sample.delay_ms - origin.delay_ms;
      at[k] += x;
      delay[k] += y;
      at_at[k] += x * x;
      at_delay[k] += x * y;
    }
  const double sum_at = at[0] + at[1];
  const double sum_delay = delay[0] + delay[1];
  const double denominator = kWindow * (at_at[0] + at_at[1]) - sum_at * sum_at;
  if (denominator == 0) return std::nullopt;
  return (kWindow * (at_delay[0] + at_delay[1]) - sum_at * sum_delay) / denominator;
}

void Trendline::judge(double trend, double step_ms) {
  const double weighed = trend * static_cast<double>(std::min(groups_, kMaxCounted)) * kGain;
  if (weighed > threshold_ms_) {
    over_ms_ = over_ms_ < 0 ? step_ms / 2 : over_ms_ + step_ms;
    ++over_count_;
    if (over_ms_ > kOveruseMs && over_count_ > 1 && trend >= trend_) {
      over_ms_ = 0;
      over_count_ = 0;
      usage_ = Usage::kOver;
    }
    return;
  }
  over_ms_ = -1;
  over_count_ = 0;
  usage_ = weighed < -threshold_ms_ ? Usage::kUnder : Usage::kNormal;
}

void Trendline::adapt(double weighed, Instant at) {
  if (!adapted_) adapted_ = at;
  const double size = std::abs(weighed);
  if (size > threshold_ms_ + kMaxExcessMs) {
    adapted_ = at;
    return;
  }
  constexpr double kMaxStepMs = 100;
  const double k = size < threshold_ms_ ? kThresholdDown : kThresholdUp;
  const double elapsed = std::min(to_ms(at - *adapted_), kMaxStepMs);
  threshold_ms_ = std::clamp(threshold_ms_ + k * (size - threshold_ms_) * elapsed, kMinThresholdMs, kMaxThresholdMs);
  adapted_ = at;
}

}  // namespace consomme::bwe
