// Whether the queue in front of the bottleneck grows: the slope of the smoothed one-way delay by linear regression,
// held against a threshold that adapts to the link (draft-ietf-rmcat-gcc-02 §5.4; Carlucci et al., "Analysis and design
// of the Google congestion control for web real-time communication", 2016). Owned by the bandwidth estimator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "sfu/bwe/arrival_groups.h"

namespace consomme::bwe {

enum class Usage : std::uint8_t { kNormal, kOver, kUnder };

class Trendline {
 public:
  Usage update(const GroupDelta& delta);
  Usage usage() const { return usage_; }
  // What was seen so far is no longer the link's own doing. The threshold stays.
  void restart();

 private:
  static constexpr std::size_t kWindow = 20;       // groups
  static constexpr double kSmoothing = 0.9;        // weight of the past in the smoothed delay
  static constexpr double kGain = 4;               // slopes are small numbers; brings them to the threshold's scale
  static constexpr std::int64_t kMaxCounted = 60;  // the weight of a slope grows with the groups behind it, up to this
  static constexpr double kFirstThresholdMs = 12.5;
  static constexpr double kMinThresholdMs = 6;
  static constexpr double kMaxThresholdMs = 600;
  static constexpr double kThresholdUp = 0.0087;  // per ms: slow, or two flows would starve each other
  static constexpr double kThresholdDown = 0.039;
  static constexpr double kMaxExcessMs = 15;  // a spike beyond this does not move the threshold
  static constexpr double kOveruseMs = 10;    // how long a slope must stay above it

  struct Sample {
    double at_ms = 0;
    double delay_ms = 0;
  };

  std::optional<double> slope() const;
  void judge(double trend, double step_ms);
  void adapt(double weighed, Instant at);

  std::array<Sample, kWindow> samples_{};
  std::size_t count_ = 0;
  std::int64_t groups_ = 0;
  std::optional<Instant> start_;
  double delay_ms_ = 0;
  double smoothed_ms_ = 0;
  double trend_ = 0;
  double threshold_ms_ = kFirstThresholdMs;
  std::optional<Instant> adapted_;
  double over_ms_ = -1;  // how long it is above already; negative: it is not
  int over_count_ = 0;
  Usage usage_ = Usage::kNormal;
};

}  // namespace consomme::bwe
