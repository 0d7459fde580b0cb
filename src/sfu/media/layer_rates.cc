#include "sfu/media/layer_rates.h"

#include <utility>

namespace consomme::media {

void LayerRates::add(Instant now, const Part& part) {
  note(now);
  if (std::exchange(by_target_, false)) *cells_ = {};
  Cell& cell = at(clamped(part.layer));
  cell.rate.add(now, part);
  cell.last = now;
}

void LayerRates::add(Instant now, const Part& part, std::uint32_t present, const DecodeTargets& targets) {
  note(now);
  if (!std::exchange(by_target_, true)) *cells_ = {};
  at(clamped(part.layer)).last = now;
  for (std::uint8_t target = 0; target < targets.count; ++target)
    if ((present >> target & 1) != 0) at(clamped(targets.layers[target])).rate.add(now, part);
}

LayerRates::Table LayerRates::table(Instant now) {
  Table table;
  const double filled = std::chrono::duration<double>(std::clamp<Duration>(now - begun_, kLeastFilled, 1s)).count();
  std::array<std::int64_t, kTemporalLayers> below{};  // of lower spatial layers
  for (std::size_t spatial = 0; spatial < kSpatialLayers; ++spatial) {
    std::int64_t beside = 0;  // of lower temporal layers of this one
    for (std::size_t temporal = 0; temporal < kTemporalLayers; ++temporal) {
      const std::int64_t rate = (*cells_)[spatial][temporal].rate.rate(now, filled);
      if (!by_target_)
        below[temporal] += beside += rate;
      else if (rate != 0)
        below[temporal] = beside = rate;  // of the best target so far
      else if (beside != 0)
        below[temporal] = beside;
      table[spatial][temporal] = Bitrate(below[temporal]);
    }
  }
  return table;
}

Layer LayerRates::highest(Instant now, Duration lately) const {
  Layer top;
  for (std::uint8_t spatial = 0; spatial < kSpatialLayers; ++spatial)
    for (std::uint8_t temporal = 0; temporal < kTemporalLayers; ++temporal)
      if ((*cells_)[spatial][temporal].last > now - lately) top = higher_of(top, {spatial, temporal});
  return top;
}

}  // namespace consomme::media
