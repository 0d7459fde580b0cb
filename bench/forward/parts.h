// What selecting layers and estimating bandwidth add to a forwarded packet, each measured by itself with a hundred
// consumers: too little to be seen in the whole path, whose measurements vary by more.
#pragma once

#include <array>
#include <string_view>

#include "base/time.h"
#include "bench/forward/fan.h"

namespace consomme::bench {

struct Layered {
  std::string_view name;
  Video video;
};

// Nine layers each.
inline constexpr std::array kLayered = {Layered{"VP8 simulcast, 3 of L1T3", {wire::Codec::kVp8, 3, 1}},
                                        Layered{"VP9 L3T3", {wire::Codec::kVp9, 1, 3}},
                                        Layered{"AV1 L3T3", {wire::Codec::kAv1, 1, 3}}};

// Nanoseconds per forwarded packet.
struct Parts {
  struct Layers {
    double selecting = 0;
    double sharing_out = 0;
  };

  double deciding = 0;    // and the header, of a video without layers
  double estimation = 0;  // feedback included
  std::array<Layers, kLayered.size()> layers;

  // All that it takes to send each receiver what its link bears.
  double sum(std::size_t video) const { return estimation + layers[video].selecting + layers[video].sharing_out; }
};

// `reading`: what it costs to read the clock.
Parts measure_parts(Duration reading);

}  // namespace consomme::bench
