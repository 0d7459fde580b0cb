#include "tests/sim/layered_scenarios.h"

#include <algorithm>
#include <map>

#include "tests/sim/scenarios.h"
#include "tests/sim/viewer.h"

namespace consomme::sim {
namespace {

const LayeredVideo kVideos[] = {
    {.name = "simulcast", .mime_type = "video/VP8", .frame_bytes = kEncodings, .temporal_layers = 1, .simulcast = true},
    {.name = "simulcast_L1T3", .mime_type = "video/VP8", .frame_bytes = kEncodings, .simulcast = true},
    // What Chromium makes of three temporal layers, and what tells of two by nal_ref_idc alone.
    {.name = "H264_L1T3", .mime_type = "video/H264", .frame_bytes = kEncodings, .simulcast = true, .described = true},
    {.name = "H264_L1T2",
     .mime_type = "video/H264",
     .frame_bytes = kEncodings,
     .temporal_layers = 2,
     .simulcast = true},
    {.name = "VP9_L3T3", .mime_type = "video/VP9", .frame_bytes = kLayers},
    {.name = "VP9_L3T3_KEY", .mime_type = "video/VP9", .frame_bytes = kEncodings, .key_dependent = true},
    {.name = "AV1_L3T3", .mime_type = "video/AV1", .frame_bytes = kLayers},
    {.name = "AV1_L3T3_KEY", .mime_type = "video/AV1", .frame_bytes = kEncodings, .key_dependent = true},
};

// With a bottleneck of 2.5 Mbit/s, where all layers fit.
LinkConfig wide(LinkConfig rest) {
  rest.rate = bwe::kbps(2500);
  return rest;
}

const LayeredScenario kScenarios[] = {
    {.name = "300 kbit/s", .down = bottleneck(300), .best = 0},
    {.name = "600 kbit/s", .down = bottleneck(600), .best = 1},
    {.name = "800 kbit/s", .down = bottleneck(800), .best = 1},
    {.name = "1 Mbit/s", .down = bottleneck(1000), .best = 1},
    {.name = "2 Mbit/s", .down = bottleneck(2000), .best = 2},
    {.name = "2.5 Mbit/s", .down = bottleneck(2500), .best = 2},
    {.name = "10 Mbit/s", .down = bottleneck(10'000), .best = 2},
    {.name = "150 ms there and back", .down = wide({.delay = 75ms}), .best = 2},
    {.name = "300 ms there and back", .down = wide({.delay = 150ms}), .best = 2},
    {.name = "jitter of 30 ms", .down = wide({.delay = 20ms, .jitter = 30ms}), .best = 2},
    // Hides most searches where there are no temporal layers to rise by.
    {.name = "jitter of 60 ms", .down = wide({.delay = 20ms, .jitter = 60ms}), .best = 2, .reaches_within = 40s},
    {.name = "1 % lost", .down = wide({.delay = 20ms, .loss = 0.01}), .best = 2},
    {.name = "5 % lost", .down = wide({.delay = 20ms, .loss = 0.05}), .best = 2},
    {.name = "10 % lost", .down = wide({.delay = 20ms, .loss = 0.1}), .best = 2},
    {.name = "5 % lost in bursts", .down = wide({.delay = 20ms, .loss = 0.05, .burst = 4}), .best = 2},
    {.name = "reordering", .down = wide({.delay = 20ms, .reordered = 0.02}), .best = 2},
    {.name = "a queue of 40 ms", .down = wide({.delay = 20ms, .queue = 40ms}), .best = 2},
    {.name = "a queue of a second", .down = wide({.delay = 20ms, .queue = 1s}), .best = 2},
    {.name = "a policer with 15 KB", .down = wide({.delay = 20ms, .bucket_bytes = 15'000}), .best = 2},
    {.name = "no feedback for 2 s",
     .down = wide({.delay = 20ms}),
     .best = 2,
     .change = [](Duration at, Member& member) { member.up.config().loss = at >= 20s && at < 22s ? 1 : 0; }},
    // A receiver believes in eight per cent more a second, once it is shown so much.
    {.name = "600 kbit/s, told by REMB",
     .down = bottleneck(600),
     .best = 1,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kRemb},
    {.name = "2.5 Mbit/s, told by REMB",
     .down = bottleneck(2500),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kRemb},
    {.name = "5 % lost, told by REMB",
     .down = wide({.delay = 20ms, .loss = 0.05}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kRemb},
    // One sounding can be answered in a second, and shows half as much again.
    {.name = "300 kbit/s, told by receiver reports",
     .down = bottleneck(300),
     .best = 0,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "600 kbit/s, told by receiver reports",
     .down = bottleneck(600),
     .best = 1,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "1 Mbit/s, told by receiver reports",
     .down = bottleneck(1000),
     .best = 1,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "2.5 Mbit/s, told by receiver reports",
     .down = bottleneck(2500),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "5 % lost, told by receiver reports",
     .down = wide({.delay = 20ms, .loss = 0.05}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "10 % lost, told by REMB",
     .down = wide({.delay = 20ms, .loss = 0.1}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kRemb},
    {.name = "10 % lost, told by receiver reports",
     .down = wide({.delay = 20ms, .loss = 0.1}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
    {.name = "a policer with 15 KB, told by REMB",
     .down = wide({.delay = 20ms, .bucket_bytes = 15'000}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kRemb},
    {.name = "a policer with 15 KB, told by receiver reports",
     .down = wide({.delay = 20ms, .bucket_bytes = 15'000}),
     .best = 2,
     .reaches_within = 10s,
     .feedback = LinkFeedback::kReportsOnly},
};

double percentile_95(std::vector<double>& values) {
  std::ranges::sort(values);
  return values[values.size() * 95 / 100];
}

}  // namespace

std::span<const LayeredVideo> layered_videos() {
  return kVideos;
}
std::span<const LayeredScenario> layered_scenarios() {
  return kScenarios;
}

LayeredFigures show(const LayeredScenario& scenario, const LayeredVideo& video, std::uint64_t seed) {
  constexpr Duration kSettling = 5s;
  constexpr Duration kSpan = 65s;
  constexpr Duration kStep = 20ms;
  constexpr LinkConfig kGood{.delay = 20ms};
  World world(seed);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join({.delay = scenario.down.delay}, scenario.down);
  bob.client->speak(scenario.feedback);
  const World::PublishedLayers published = world.publish_layers(alice, video);
  const Viewer viewer(published.sources, *world.consume(bob, published.producer).sink);
  LayeredFigures figures;
  std::vector<double> queue_ms;
  std::optional<int> before;
  int looks = 0;
  int at_best = 0;
  for (Duration at{}; at < kSpan; at += kStep) {
    world.run_for(kStep);
    if (scenario.change) scenario.change(at, bob);
    for (const sfu::Event& event : world.take_events())
      if (at >= kSettling && std::holds_alternative<sfu::ConsumerLayersChanged>(event)) ++figures.told;
    queue_ms.push_back(std::chrono::duration<double, std::milli>(bob.down.backlog(world.now())).count());
    if (at % 100ms != Duration::zero()) continue;
    const auto layer = viewer.layer(world.now());
    const int spatial = layer ? layer->spatial : -1;
    if (spatial == scenario.best) figures.reached = std::min(figures.reached, at);
    if (at < kSettling) continue;
    ++looks;
    if (spatial == scenario.best) ++at_best;
    if (std::exchange(before, spatial).value_or(spatial) != spatial) ++figures.changes;
  }
  figures.queue_p95_ms = percentile_95(queue_ms);
  figures.at_best = static_cast<double>(at_best) / looks;
  return figures;
}

FallFigures show_fall(const LayeredVideo& video, std::uint64_t seed) {
  constexpr LinkConfig kGood{.delay = 20ms};
  World world(seed);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, bottleneck(2500));
  const World::PublishedLayers published = world.publish_layers(alice, video);
  const Viewer viewer(published.sources, *world.consume(bob, published.producer).sink);
  const auto shows_best = [&] {
    const auto layer = viewer.layer(world.now(), 200ms);
    return layer && layer->spatial == 2;
  };
  const auto time_until = [&](const std::function<bool()>& done) {
    const Instant from = world.now();
    return world.run_until(done, 20s) ? world.now() - from : Duration::max();
  };
  FallFigures figures;
  world.run_for(20s);
  bob.down.config().rate = bwe::kbps(500);
  figures.lowered = time_until([&] { return !shows_best(); });
  world.run_for(20s);
  bob.down.config().rate = bwe::kbps(2500);
  figures.best_again = time_until(shows_best);
  return figures;
}

CrowdFigures show_eight(const LinkConfig& down, const LayeredVideo& video, std::uint64_t seed) {
  constexpr Duration kSettling = 10s;
  constexpr Duration kSpan = 70s;
  constexpr Duration kStep = 20ms;
  constexpr LinkConfig kGood{.delay = 20ms};
  World world(seed);
  Rng rng(seed);
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, down);
  std::map<ConsumerId, std::optional<int>> layers;  // spatial
  std::map<ConsumerId, Instant> changed_at;
  for (int i = 0; i < 8; ++i) {
    layers[world.consume(bob, world.publish_layers(alice, video).producer).consumer] = std::nullopt;
    world.run_for(7ms + Duration(1ms) * static_cast<int>(rng.below(11)));  // cameras do not take their pictures at once
  }
  world.consume(bob, world.publish(alice, false).producer);
  CrowdFigures figures;
  std::vector<double> queue_ms;
  double sum = 0;
  int looks = 0;
  for (Duration at{}; at < kSpan; at += kStep) {
    world.run_for(kStep);
    for (const sfu::Event& event : world.take_events()) {
      const auto* const changed = std::get_if<sfu::ConsumerLayersChanged>(&event);
      if (changed == nullptr) continue;
      const auto spatial = changed->layers ? std::optional<int>(changed->layers->spatial) : std::nullopt;
      if (at >= kSettling) ++figures.told;
      if (std::exchange(layers[changed->consumer], spatial) == spatial) continue;
      const Instant before = std::exchange(changed_at[changed->consumer], world.now());
      if (at >= kSettling) figures.least_between = std::min(figures.least_between, world.now() - before);
    }
    if (at < kSettling) continue;
    queue_ms.push_back(std::chrono::duration<double, std::milli>(bob.down.backlog(world.now())).count());
    for (const auto& [consumer, layer] : layers) {
      if (!layer) continue;
      sum += *layer;
      ++looks;
    }
  }
  figures.queue_p95_ms = percentile_95(queue_ms);
  figures.mean_layer = sum / looks;
  return figures;
}

}  // namespace consomme::sim
