// Links in virtual time, a row each: what the bandwidth estimator is held to on them, and what it makes of them. Tests
// hold the figures against the row, bench/estimation prints them.
#pragma once

#include <functional>
#include <span>

#include "tests/sim/flow.h"

namespace consomme::sim {

inline constexpr Instant kScenarioStart{1000s};

struct Scenario {
  const char* name;
  LinkConfig down;
  double least_utilisation = 0.85;  // of what the link carries, behind its own loss
  double queue_p95_ms = 100;
  double most_lost = 0.02;       // of what was sent, besides the link's own loss
  Duration reaches_within = 5s;  // 85 % of the link
  std::function<void(Duration, Link&, Flow&)> change{};
};

std::span<const Scenario> scenarios();

// A bottleneck with 300 ms of queue.
LinkConfig bottleneck(std::int64_t rate_kbps, Duration delay = 20ms);

struct Figures {
  double utilisation = 0;
  double queue_p95_ms = 0;
  double lost = 0;
  Duration reached = Duration::max();
};

// A minute of a source that sends whatever the estimate says.
Figures drive(const Scenario& scenario, std::uint64_t seed);

// In step, each picture of the second finds one of the first's before it; those of two cameras drift past each other.
enum class Pictures : std::uint8_t { kInStep, kDrifting };

// Two estimators that share a bottleneck, the second of which comes ten seconds later, for three minutes.
struct Shares {
  double least = 0;  // of what both got
  double queue_p95_ms = 0;
};
Shares share(std::int64_t rate_kbps, std::uint64_t seed, Pictures pictures = Pictures::kInStep);

// What one gets of a bottleneck of 3 Mbit/s with such a queue, 0 to 1, in the minute after a download has come that
// heeds loss only.
double share_beside_a_download(Duration queue, std::uint64_t seed);

}  // namespace consomme::sim
