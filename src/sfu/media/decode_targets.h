// What forwarding needs of a dependency structure (AV1 RTP payload format, Appendix A): which layer each decode target
// is, which of them each chain protects, and which targets a receiver of one can decode as well.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sfu/media/layer.h"
#include "sfu/wire/dependency_descriptor.h"

namespace consomme::media {

struct DecodeTargets {
  std::uint8_t count = 0;
  std::uint8_t chains = 0;
  std::array<std::uint8_t, wire::kMaxDecodeTargets> order{};    // the targets, of the highest layer first
  std::array<Layer, wire::kMaxDecodeTargets> layers{};          // the highest that is present in it
  std::array<std::uint32_t, wire::kMaxDecodeTargets> inside{};  // the targets, itself included, all of which it has
  std::array<std::uint32_t, wire::kMaxChains> protected_by{};   // the targets, for each chain

  DecodeTargets() = default;
  explicit DecodeTargets(const wire::DependencyStructure& structure);

  std::uint32_t all() const { return (1U << count) - 1; }
  // Those up to `limit`.
  std::uint32_t within(Layer limit) const;
  // The best of `among`: of the highest spatial layer, and of those the one of the highest temporal. Asked for each
  // frame and consumer, whose limits change rarely.
  std::optional<std::uint8_t> best(std::uint32_t among) const {
    for (std::uint8_t i = 0; i < count; ++i)
      if ((among >> order[i] & 1) != 0) return order[i];
    return std::nullopt;
  }
};

}  // namespace consomme::media
