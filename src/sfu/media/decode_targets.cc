#include "sfu/media/decode_targets.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace consomme::media {

DecodeTargets::DecodeTargets(const wire::DependencyStructure& structure)
    : count(structure.decode_targets), chains(structure.chain_count) {
  for (std::uint8_t target = 0; target < count; ++target)
    if (const std::uint8_t chain = structure.protected_by[target]; chain < chains) protected_by[chain] |= 1U << target;
  inside.fill(all());
  for (std::size_t i = 0; i < structure.template_count; ++i) {
    const wire::FrameDependencies& frame = structure.templates[i];
    const std::uint32_t present = frame.targets.present();
    for (std::uint8_t target = 0; target < count; ++target) {
      if ((present >> target & 1) != 0)
        layers[target] = higher_of(layers[target], {frame.spatial, frame.temporal});
      else
        inside[target] &= ~present;
    }
  }
  const auto targets = std::span(order).first(count);
  std::iota(targets.begin(), targets.end(), std::uint8_t{0});
  std::ranges::sort(targets, [this](std::uint8_t a, std::uint8_t b) {
    return layers[a] != layers[b] ? layers[a] > layers[b] : a < b;
  });
}

std::uint32_t DecodeTargets::within(Layer limit) const {
  std::uint32_t targets = 0;
  for (std::uint8_t target = 0; target < count; ++target)
    if (layers[target].within(limit)) targets |= 1U << target;
  return targets;
}

}  // namespace consomme::media
