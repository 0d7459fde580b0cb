// Videos with layers over links in virtual time, a row each: the whole worker, and what its receiver sees. Tests hold
// the figures against the row, bench/estimation prints them.
#pragma once

#include <array>
#include <functional>
#include <span>

#include "tests/sim/world.h"

namespace consomme::sim {

// Bytes of a picture for about 150, 500 and 1500 kbit/s at 30 pictures a second: what an encoding or a layer of K-SVC
// has by itself, and what a spatial layer adds. Of three temporal layers the lowest takes two fifths.
inline constexpr std::array<int, 3> kEncodings = {620, 2060, 6190};
inline constexpr std::array<int, 3> kLayers = {620, 1440, 4130};

// Of these rates.
std::span<const LayeredVideo> layered_videos();

struct LayeredScenario {
  const char* name;
  LinkConfig down;
  int best;                      // the highest spatial layer that fits
  Duration reaches_within = 5s;  // that layer
  std::function<void(Duration, Member&)> change{};
  LinkFeedback feedback = LinkFeedback::kTransportWide;
};

std::span<const LayeredScenario> layered_scenarios();

struct LayeredFigures {
  Duration reached = Duration::max();
  int changes = 0;     // of the spatial layer, in the minute after the first five seconds
  int told = 0;        // consumer-layers-changed in that minute, temporal layers too
  double at_best = 0;  // share of that minute, 0 to 1
  double queue_p95_ms = 0;
};

LayeredFigures show(const LayeredScenario& scenario, const LayeredVideo& video, std::uint64_t seed);

// 2.5 Mbit/s that are 500 kbit/s for twenty seconds.
struct FallFigures {
  Duration lowered = Duration::max();     // from the fall until the best layer is given up
  Duration best_again = Duration::max();  // from the recovery until it is there
};
FallFigures show_fall(const LayeredVideo& video, std::uint64_t seed);

// Eight videos of one kind and sound behind one bottleneck, in the minute after the first ten seconds.
struct CrowdFigures {
  int told = 0;                              // consumer-layers-changed
  Duration least_between = Duration::max();  // two changes of one video's spatial layer
  double mean_layer = 0;                     // spatial, of those that are shown
  double queue_p95_ms = 0;
};
CrowdFigures show_eight(const LinkConfig& down, const LayeredVideo& video, std::uint64_t seed);

}  // namespace consomme::sim
