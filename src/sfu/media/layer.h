// A layer of a video source, as clients, the allocator and the streams speak of it.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace consomme::media {

// `spatial`: for simulcast the encoding's index, worst first; for one encoding the spatial layer inside its stream.
struct Layer {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  auto operator<=>(const Layer&) const = default;

  // In both respects: what a stream up to `limit` contains.
  constexpr bool within(Layer limit) const { return spatial <= limit.spatial && temporal <= limit.temporal; }
};

inline constexpr Layer kHighestLayer{0xff, 0xff};

constexpr Layer lower_of(Layer a, Layer b) {
  return {std::min(a.spatial, b.spatial), std::min(a.temporal, b.temporal)};
}
constexpr Layer higher_of(Layer a, Layer b) {
  return {std::max(a.spatial, b.spatial), std::max(a.temporal, b.temporal)};
}

}  // namespace consomme::media
