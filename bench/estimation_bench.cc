// Prints what the bandwidth estimator makes of every link of tests/sim/scenarios.h, the worst of some seeds, as the
// tables of docs/performance.md. With the name of a link and a number of seeds: of that link, the worst of so many;
// with "two estimators", "falls" or "eight videos" and a number: of those.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/sim/layered_scenarios.h"
#include "tests/sim/scenarios.h"

namespace {

using namespace consomme;

constexpr std::uint64_t kSeeds = 10;
constexpr std::uint64_t kSeedsOfLayers = 3;

std::string in_seconds(Duration span) {
  if (span == Duration::max()) return "never";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", std::chrono::duration<double>(span).count());
  return text.data();
}

// Of all links where `link` is empty.
void print_scenarios(std::string_view link, std::uint64_t seeds) {
  std::puts("| link | utilisation | queue, 95th percentile | lost besides | 85 % reached after |");
  std::puts("| --- | --- | --- | --- | --- |");
  for (const sim::Scenario& scenario : sim::scenarios()) {
    if (!link.empty() && link != scenario.name) continue;
    sim::Figures worst{.utilisation = 1, .queue_p95_ms = 0, .lost = 0, .reached = {}};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const sim::Figures figures = sim::drive(scenario, seed);
      worst.utilisation = std::min(worst.utilisation, figures.utilisation);
      worst.queue_p95_ms = std::max(worst.queue_p95_ms, figures.queue_p95_ms);
      worst.lost = std::max(worst.lost, figures.lost);
      worst.reached = std::max(worst.reached, figures.reached);
    }
    std::printf("| %s | %.0f %% | %.0f ms | %.1f %% | %s |\n", scenario.name, worst.utilisation * 100,
                worst.queue_p95_ms, worst.lost * 100, in_seconds(worst.reached).c_str());
  }
}

void print_shares(std::uint64_t seeds, sim::Pictures pictures, const char* how) {
  std::printf("\n| link of two estimators%s | least share, mean | worst | below 40 %% in | queue, 95th percentile |\n",
              how);
  std::puts("| --- | --- | --- | --- | --- |");
  for (const std::int64_t rate_kbps : {1000, 3000, 10'000}) {
    double mean = 0;
    unsigned uneven = 0;
    sim::Shares worst{.least = 1, .queue_p95_ms = 0};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const sim::Shares shares = sim::share(rate_kbps, seed, pictures);
      mean += shares.least / static_cast<double>(seeds);
      if (shares.least < 0.4) ++uneven;
      worst.least = std::min(worst.least, shares.least);
      worst.queue_p95_ms = std::max(worst.queue_p95_ms, shares.queue_p95_ms);
    }
    std::printf("| %lld kbit/s | %.0f %% | %.0f %% | %u of %llu | %.0f ms |\n", static_cast<long long>(rate_kbps),
                mean * 100, worst.least * 100, uneven, static_cast<unsigned long long>(seeds), worst.queue_p95_ms);
  }
}

void print_shares(std::uint64_t seeds) {
  print_shares(seeds, sim::Pictures::kInStep, "");
  print_shares(seeds, sim::Pictures::kDrifting, " whose pictures drift");
}

// Of all videos.
void print_layers(std::string_view link, std::uint64_t seeds) {
  std::puts(
      "\n| link | best layer that fits | reached after | of the minute after | changes in it | queue, 95th percentile "
      "|");
  std::puts("| --- | --- | --- | --- | --- | --- |");
  for (const sim::LayeredScenario& scenario : sim::layered_scenarios()) {
    if (!link.empty() && link != scenario.name) continue;
    sim::LayeredFigures worst{.reached = {}, .changes = 0, .at_best = 1, .queue_p95_ms = 0};
    for (const sim::LayeredVideo& video : sim::layered_videos())
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const sim::LayeredFigures figures = sim::show(scenario, video, seed);
        worst.reached = std::max(worst.reached, figures.reached);
        worst.changes = std::max(worst.changes, figures.changes);
        worst.at_best = std::min(worst.at_best, figures.at_best);
        worst.queue_p95_ms = std::max(worst.queue_p95_ms, figures.queue_p95_ms);
      }
    std::printf("| %s | %d | %s | %.0f %% | %d | %.0f ms |\n", scenario.name, scenario.best,
                in_seconds(worst.reached).c_str(), worst.at_best * 100, worst.changes, worst.queue_p95_ms);
  }
}

void print_falls(std::uint64_t seeds) {
  std::puts("\n| 2.5 Mbit/s, 500 kbit/s, 2.5 Mbit/s | lowered after | best layer again after |\n| --- | --- | --- |");
  for (const sim::LayeredVideo& video : sim::layered_videos()) {
    sim::FallFigures worst{.lowered = {}, .best_again = {}};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const sim::FallFigures figures = sim::show_fall(video, seed);
      worst.lowered = std::max(worst.lowered, figures.lowered);
      worst.best_again = std::max(worst.best_again, figures.best_again);
    }
    std::printf("| %s | %s | %s |\n", std::string(video.name).c_str(), in_seconds(worst.lowered).c_str(),
                in_seconds(worst.best_again).c_str());
  }
}

// Eight videos of a kind behind a link; all kinds.
void print_crowds(std::uint64_t seeds) {
  std::puts(
      "\n| link of eight videos | told of layers in a minute, mean | most | spatial layer, mean | queue, 95th "
      "percentile |");
  std::puts("| --- | --- | --- | --- | --- |");
  for (const std::int64_t rate_kbps : {500, 1000, 2000, 3000, 5000, 10'000}) {
    sim::CrowdFigures worst;
    double told = 0;
    double layer = 0;
    int runs = 0;
    for (const sim::LayeredVideo& video : sim::layered_videos())
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const sim::CrowdFigures figures = sim::show_eight(sim::bottleneck(rate_kbps), video, seed);
        told += figures.told;
        layer += figures.mean_layer;
        ++runs;
        worst.told = std::max(worst.told, figures.told);
        worst.queue_p95_ms = std::max(worst.queue_p95_ms, figures.queue_p95_ms);
      }
    std::printf("| %lld kbit/s | %.1f | %d | %.2f | %.0f ms |\n", static_cast<long long>(rate_kbps), told / runs,
                worst.told, layer / runs, worst.queue_p95_ms);
  }
}

void print_rivalry() {
  std::puts("\n| queue before a link shared with a download | least share |\n| --- | --- |");
  for (const Duration queue : {100ms, 300ms, 1000ms}) {
    double least = 1;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
      least = std::min(least, sim::share_beside_a_download(queue, seed));
    std::printf("| %.0f ms | %.0f %% |\n", std::chrono::duration<double, std::milli>(queue).count(), least * 100);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    const std::string_view number = argv[2];
    std::uint64_t seeds = 0;
    if (std::from_chars(number.begin(), number.end(), seeds).ptr != number.end() || seeds == 0) {
      std::fprintf(stderr, "%s [LINK SEEDS]: SEEDS is a number above 0, not '%s'\n", argv[0], argv[2]);
      return EXIT_FAILURE;
    }
    const std::string_view link = argv[1];
    if (link == "two estimators") {
      print_shares(seeds);
    } else if (link == "falls") {
      print_falls(seeds);
    } else if (link == "eight videos") {
      print_crowds(seeds);
    } else {
      print_scenarios(link, seeds);
      print_layers(link, seeds);
    }
    return EXIT_SUCCESS;
  }
  print_scenarios({}, kSeeds);
  print_shares(kSeeds);
  print_layers({}, kSeedsOfLayers);
  print_falls(kSeedsOfLayers);
  print_crowds(kSeedsOfLayers);
  print_rivalry();
}
