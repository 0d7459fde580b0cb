// One direction of a path: delay, and packets lost at random. Says when a packet arrives, if it does. It has no clock:
// time is handed in.
#pragma once

#include <optional>

#include "base/rng.h"
#include "base/time.h"

namespace consomme::sim {

struct LinkConfig {
  Duration delay = 10ms;
  double loss = 0;  // share of packets, each on its own
};

class Link {
 public:
  Link(const LinkConfig& config, std::uint64_t seed) : config_(config), rng_(seed) {}

  // nullopt: lost.
  std::optional<Instant> arrival(Instant sent) {
    if (rng_.chance(config_.loss)) return std::nullopt;
    return sent + config_.delay;
  }
  LinkConfig& config() { return config_; }

 private:
  LinkConfig config_;
  Rng rng_;
};

}  // namespace consomme::sim
