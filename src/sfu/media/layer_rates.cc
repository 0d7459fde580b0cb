#include "sfu/media/layer_rates.h"

#include <utility>

namespace consomme::media {

void LayerRates::add(Instant now, const Part& part) {
  note(now, part.key_picture);
  if (std::exchange(by_target_, false)) *cells_ = {};
  Cell& cell = at(clamped(part.layer));
  cell.rate.add(now, part);
  cell.last = now;
}

void LayerRates::add(Instant now, const Part& part, std::uint32_t present, const DecodeTargets& targets) {
  note(now, part.key_picture);
  if (!std::exchange(by_target_, true)) *cells_ = {};
  at(clamped(part.layer)).last = now;
  for (std::uint8_t target = 0; target < targets.count; ++target)
    if ((present >> target & 1) != 0) at(clamped(targets.layers[target])).rate.add(now, part);
}

void LayerRates::note(Instant now, bool key_picture) {
  if (now - last_ >= kPause) begun_ = now;
  last_ = now;
  if (!key_picture) return;
  if (now >= settled_)
    for (auto& cells : *cells_)
      for (Cell& cell : cells) cell.rate.keep(now, filled(now));
  settled_ = now + kSettling;
}

LayerRates::Table LayerRates::table(Instant now) {
  Table table;
  const double filled = this->filled(now);
  const bool settling = now < settled_;
  std::array<std::int64_t, kTemporalLayers> below{};  // of lower spatial layers
  for (std::size_t spatial = 0; spatial < kSpatialLayers; ++spatial) {
    std::int64_t beside = 0;  // of lower temporal layers of this one
    for (std::size_t temporal = 0; temporal < kTemporalLayers; ++temporal) {
      const std::int64_t rate = (*cells_)[spatial][temporal].rate.rate(now, filled, settling);
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
