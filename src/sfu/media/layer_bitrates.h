// Bits per second of each spatial and temporal layer inside one encoding, over the last interval between two calls of
// roll(). One addition a packet. Owned by an inbound stream.
#pragma once

#include <array>
#include <cstdint>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/wire/payload/payload_info.h"

namespace consomme::media {

class LayerBitrates {
 public:
  static constexpr std::size_t kLayers = 4;  // of each kind; what a codec numbers higher counts with the highest

  void add(const wire::PayloadInfo& info, std::size_t bytes) {
    bytes_[index(info.spatial_layer.value_or(0), info.temporal_layer.value_or(0))] += bytes;
  }
  void roll(Instant now) {
    const std::int64_t ms = (now - since_) / 1ms;
    for (std::size_t i = 0; i < bytes_.size(); ++i)
      rates_[i] = Bitrate(ms > 0 ? static_cast<std::int64_t>(bytes_[i]) * 8'000 / ms : 0);
    bytes_.fill(0);
    since_ = now;
  }
  Bitrate rate(std::size_t spatial, std::size_t temporal) const { return rates_[index(spatial, temporal)]; }

 private:
  static constexpr std::size_t index(std::size_t spatial, std::size_t temporal) {
    return (spatial < kLayers ? spatial : kLayers - 1) * kLayers + (temporal < kLayers ? temporal : kLayers - 1);
  }
  std::array<std::uint64_t, kLayers * kLayers> bytes_{};
  std::array<Bitrate, kLayers * kLayers> rates_{};
  Instant since_;
};

}  // namespace consomme::media
