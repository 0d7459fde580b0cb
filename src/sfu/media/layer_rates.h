// Bit rates of one encoding by layer: what a consumer limited to a layer would be sent. Owned by the inbound stream.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "sfu/media/decode_targets.h"
#include "sfu/media/layer.h"
#include "sfu/media/rate_meter.h"

namespace consomme::media {

class LayerRates {
 public:
  // Higher ones are counted with the highest of these; WebRTC's scalability modes end at three.
  static constexpr std::size_t kSpatialLayers = 4;
  static constexpr std::size_t kTemporalLayers = 4;

  LayerRates() : cells_(std::make_unique<Cells>()) {}

  // A packet of `layer`, which every layer above it needs.
  void add(Instant now, std::size_t bytes, Layer layer);
  // A packet of `layer` that is for those decode targets only.
  void add(Instant now, std::size_t bytes, Layer layer, std::uint32_t present, const DecodeTargets& targets);

  // By spatial and temporal layer: of all up to it.
  using Table = std::array<std::array<Bitrate, kTemporalLayers>, kSpatialLayers>;
  Table table(Instant now);
  Bitrate up_to(Instant now, Layer limit) { return at(table(now), limit); }
  static Bitrate at(const Table& table, Layer limit) {
    const Layer top = clamped(limit);
    return table[top.spatial][top.temporal];
  }
  // The highest layer that sent something within `lately`, in each respect.
  Layer highest(Instant now, Duration lately) const;

 private:
  struct Cell {
    RateMeter rate;
    Instant last = Instant::min();
  };
  using Cells = std::array<std::array<Cell, kTemporalLayers>, kSpatialLayers>;

  static Layer clamped(Layer layer) { return lower_of(layer, {kSpatialLayers - 1, kTemporalLayers - 1}); }
  Cell& at(Layer layer) { return (*cells_)[layer.spatial][layer.temporal]; }

  std::unique_ptr<Cells> cells_;
  bool by_target_ = false;  // a cell holds the rate of its whole decode target, not of the layer alone
};

}  // namespace consomme::media
