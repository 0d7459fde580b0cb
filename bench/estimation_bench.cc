// Prints what the bandwidth estimator makes of every link of tests/sim/scenarios.h, the worst of some seeds, as the
// table of docs/performance.md.
#include <algorithm>
#include <cstdio>

#include "tests/sim/rival.h"
#include "tests/sim/scenarios.h"

namespace {

using namespace consomme;

constexpr std::uint64_t kSeeds = 10;

// Of a link of 3 Mbit/s, in the minute after the rival has come.
double share_beside_a_rival(Duration queue, std::uint64_t seed) {
  sim::LinkConfig config = sim::bottleneck(3000);
  config.queue = queue;
  sim::Link down(config, seed);
  sim::Link up({.delay = config.delay}, seed + 1);
  sim::Flow flow({.max = bwe::kbps(20'000), .starts = sim::kScenarioStart}, seed + 2);
  sim::Rival rival(config.delay);
  double before = 0;
  for (Duration at{}; at < 70s; at += 1ms) {
    if (at == 10s) before = flow.delivered_bytes();
    flow.step(sim::kScenarioStart + at, down, up);
    if (at >= 10s) rival.step(sim::kScenarioStart + at, down);
  }
  const double had = flow.delivered_bytes() - before;
  return had / (had + rival.delivered_bytes());
}

void print_scenarios() {
  std::puts("| link | utilisation | queue, 95th percentile | lost besides | 85 % reached after |");
  std::puts("| --- | --- | --- | --- | --- |");
  for (const sim::Scenario& scenario : sim::scenarios()) {
    sim::Figures worst{.utilisation = 1, .queue_p95_ms = 0, .lost = 0, .reached = {}};
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const sim::Figures figures = sim::drive(scenario, seed);
      worst.utilisation = std::min(worst.utilisation, figures.utilisation);
      worst.queue_p95_ms = std::max(worst.queue_p95_ms, figures.queue_p95_ms);
      worst.lost = std::max(worst.lost, figures.lost);
      worst.reached = std::max(worst.reached, figures.reached);
    }
    std::printf("| %s | %.0f %% | %.0f ms | %.1f %% | %.1f s |\n", scenario.name, worst.utilisation * 100,
                worst.queue_p95_ms, worst.lost * 100, std::chrono::duration<double>(worst.reached).count());
  }
}

void print_shares() {
  std::puts(
      "\n| link of two estimators | least share, mean | worst | queue, 95th percentile |\n| --- | --- | --- | --- |");
  for (const std::int64_t rate_kbps : {1000, 3000}) {
    double mean = 0;
    sim::Shares worst{.least = 1, .queue_p95_ms = 0};
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const sim::Shares shares = sim::share(rate_kbps, seed);
      mean += shares.least / kSeeds;
      worst.least = std::min(worst.least, shares.least);
      worst.queue_p95_ms = std::max(worst.queue_p95_ms, shares.queue_p95_ms);
    }
    std::printf("| %lld kbit/s | %.0f %% | %.0f %% | %.0f ms |\n", static_cast<long long>(rate_kbps), mean * 100,
                worst.least * 100, worst.queue_p95_ms);
  }
}

void print_rivalry() {
  std::puts("\n| queue before a link shared with a download | least share |\n| --- | --- |");
  for (const Duration queue : {100ms, 300ms, 1000ms}) {
    double least = 1;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) least = std::min(least, share_beside_a_rival(queue, seed));
    std::printf("| %.0f ms | %.0f %% |\n", std::chrono::duration<double, std::milli>(queue).count(), least * 100);
  }
}

}  // namespace

int main() {
  print_scenarios();
  print_shares();
  print_rivalry();
}
