#include "sfu/media/layer_rates.h"

#include <utility>

namespace consomme::media {

void LayerRates::add(Instant now, const Part& part) {
  note(now, part.key_picture);
  if (std::exchange(by_target_, false)) *cells_ = {};
  Cell& cell = at(clamped(part.layer));
  (part.alone ? cell.alone : cell.rate).add(now, part);
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
  if (now >= settled_) before_ = measured(now);
  settled_ = now + kSettling;
}

LayerRates::Table LayerRates::table(Instant now) {
  Table table = measured(now);
  if (now >= settled_) {
    if (now - begun_ >= kFilled) peaks_.add(now, table);
    return table;
  }
  for (std::size_t spatial = 0; spatial < kSpatialLayers; ++spatial)
    for (std::size_t temporal = 0; temporal < kTemporalLayers; ++temporal) {
      const Bitrate before = before_[spatial][temporal];
      Bitrate& rate = table[spatial][temporal];
      if (disturbed(rate, before)) rate = before;
    }
  return table;
}

bool LayerRates::disturbed(Bitrate rate, Bitrate before) {
  const double part =
      static_cast<double>(rate.value()) / static_cast<double>(std::max<std::int64_t>(before.value(), 1));
  const auto in = [&](const Band& band) { return part > band.from && part < band.to; };
  return in(kOvershoot) || in(kPayback);
}

LayerRates::Table LayerRates::measured(Instant now) {
  Table table;
  const double filled =
      std::chrono::duration<double>(std::clamp<Duration>(now - begun_, kLeastFilled, kFilled)).count();
  std::array<std::int64_t, kTemporalLayers> below{};  // what is of use in all spatial layers from here on
  std::array<std::int64_t, kTemporalLayers> alone{};  // and in the highest so far only
  for (std::size_t spatial = 0; spatial < kSpatialLayers; ++spatial) {
    std::int64_t beside = 0;  // of lower temporal layers of this one
    std::int64_t alone_beside = 0;
    for (std::size_t temporal = 0; temporal < kTemporalLayers; ++temporal) {
      Cell& cell = (*cells_)[spatial][temporal];
      const std::int64_t rate = cell.rate.rate(now, filled);
      if (!by_target_) {
        below[temporal] += beside += rate;
        alone_beside += cell.alone.rate(now, filled);
        if (alone_beside != 0) alone[temporal] = alone_beside;
      } else if (rate != 0) {
        below[temporal] = beside = rate;  // of the best target so far
      } else if (beside != 0) {
        below[temporal] = beside;
      }
      table[spatial][temporal] = Bitrate(below[temporal] + alone[temporal]);
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
