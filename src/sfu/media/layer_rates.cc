#include "sfu/media/layer_rates.h"

#include <utility>

namespace consomme::media {

void LayerRates::add(Instant now, std::size_t bytes, Layer layer) {
  if (std::exchange(by_target_, false)) *cells_ = {};
  Cell& cell = at(clamped(layer));
  cell.rate.add(now, bytes);
  cell.last = now;
}

void LayerRates::add(Instant now, std::size_t bytes, Layer layer, std::uint32_t present, const DecodeTargets& targets) {
  if (!std::exchange(by_target_, true)) *cells_ = {};
  at(clamped(layer)).last = now;
  for (std::uint8_t target = 0; target < targets.count; ++target)
    if ((present >> target & 1) != 0) at(clamped(targets.layers[target])).rate.add(now, bytes);
}

Bitrate LayerRates::up_to(Instant now, Layer limit) {
  const Layer top = clamped(limit);
  std::int64_t bits = 0;
  for (std::uint8_t spatial = 0; spatial <= top.spatial; ++spatial)
    for (std::uint8_t temporal = 0; temporal <= top.temporal; ++temporal) {
      const std::int64_t rate = at({spatial, temporal}).rate.rate(now).value();
      if (!by_target_)
        bits += rate;
      else if (rate != 0)
        bits = rate;  // of the best target so far
    }
  return Bitrate(bits);
}

Layer LayerRates::highest(Instant now, Duration lately) const {
  Layer top;
  for (std::uint8_t spatial = 0; spatial < kSpatialLayers; ++spatial)
    for (std::uint8_t temporal = 0; temporal < kTemporalLayers; ++temporal)
      if ((*cells_)[spatial][temporal].last > now - lately) top = higher_of(top, {spatial, temporal});
  return top;
}

}  // namespace consomme::media
