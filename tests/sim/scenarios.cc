#include "tests/sim/scenarios.h"

#include <algorithm>

#include "tests/sim/rival.h"

namespace consomme::sim {
namespace {

using bwe::kbps;

LinkConfig with(LinkConfig config, const std::function<void(LinkConfig&)>& change) {
  change(config);
  return config;
}

// 2.5 Mbit/s, down to 500 kbit/s from the 20th second to the 30th, up again until the 50th.
void ramp(Duration at, Link& link, Flow&) {
  const double s = std::chrono::duration<double>(at).count();
  const double left = s < 20 ? 1 : s < 30 ? 1 - (s - 20) * 0.08 : std::min(1.0, 0.2 + (s - 30) * 0.04);
  link.config().rate = bwe::scaled(kbps(2500), left);
}

// 2.5 Mbit/s, down to 500 kbit/s from the 20th second to the 40th.
void step(Duration at, Link& link, Flow&) {
  link.config().rate = at >= 20s && at < 40s ? kbps(500) : kbps(2500);
}

double to_ms(Duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

double at_percentile(std::vector<double>& values, std::size_t percent) {
  std::ranges::sort(values);
  return values[values.size() * percent / 100];
}

const Scenario kScenarios[] = {
    // A packet takes 32 ms to send, and a search for more is five.
    {.name = "300 kbit/s", .down = bottleneck(300)},
    {.name = "600 kbit/s", .down = bottleneck(600)},
    {.name = "1 Mbit/s", .down = bottleneck(1000)},
    {.name = "2.5 Mbit/s", .down = bottleneck(2500)},
    {.name = "10 Mbit/s", .down = bottleneck(10'000)},
    {.name = "150 ms there and back", .down = bottleneck(2000, 75ms)},
    {.name = "300 ms there and back", .down = bottleneck(2000, 150ms)},
    {.name = "jitter of 30 ms", .down = with(bottleneck(2000), [](LinkConfig& c) { c.jitter = 30ms; })},
    // In which a delay says little, and chance much: what is wanted is that the video goes on.
    {.name = "jitter of 120 ms",
     .down = with(bottleneck(2000), [](LinkConfig& c) { c.jitter = 120ms; }),
     .least_utilisation = 0.45,
     .reaches_within = Duration::max()},
    {.name = "1 % lost", .down = with(bottleneck(2000), [](LinkConfig& c) { c.loss = 0.01; })},
    {.name = "5 % lost", .down = with(bottleneck(2000), [](LinkConfig& c) { c.loss = 0.05; })},
    // Less than a fifth of the rate is gone, the tenth that is lost included.
    {.name = "10 % lost",
     .down = with(bottleneck(2000), [](LinkConfig& c) { c.loss = 0.1; }),
     .least_utilisation = 0.9},
    {.name = "5 % lost in bursts",
     .down = with(bottleneck(2000),
                  [](LinkConfig& c) {
                    c.loss = 0.05;
                    c.burst = 4;
                  })},
    {.name = "reordering", .down = with(bottleneck(2000), [](LinkConfig& c) { c.reordered = 0.02; })},
    {.name = "a queue of 40 ms",
     .down = with(bottleneck(2000), [](LinkConfig& c) { c.queue = 40ms; }),
     .most_lost = 0.08},
    {.name = "a queue of a second", .down = with(bottleneck(2000), [](LinkConfig& c) { c.queue = 1s; })},
    // Every way to find out what a policer lets through costs packets; other links lose a few by a full queue.
    {.name = "a policer with 15 KB",
     .down = with(bottleneck(2000), [](LinkConfig& c) { c.bucket_bytes = 15'000; }),
     .most_lost = 0.08},
    // Five times as much again is found in steps of a half, which takes five seconds of the last twenty.
    {.name = "a step down and up", .down = bottleneck(2500), .least_utilisation = 0.84, .change = step},
    {.name = "a ramp down and up", .down = bottleneck(2500), .change = ramp},
    {.name = "no feedback for 2 s",
     .down = bottleneck(2000),
     .change = [](Duration at, Link&, Flow& flow) { flow.mute(at >= 20s && at < 22s); }},
};

}  // namespace

std::span<const Scenario> scenarios() {
  return kScenarios;
}

LinkConfig bottleneck(std::int64_t rate_kbps, Duration delay) {
  return {.delay = delay, .rate = kbps(rate_kbps)};
}

Figures drive(const Scenario& row, std::uint64_t seed) {
  constexpr Duration kSpan = 60s;
  Link down(row.down, seed);
  Link up({.delay = row.down.delay}, seed + 1);
  Flow flow({.max = kbps(20'000), .starts = kScenarioStart}, seed + 2);
  Figures figures;
  std::vector<double> queue_ms;
  double carried = 0;
  for (Duration at{}; at < kSpan; at += 1ms) {
    if (row.change) row.change(at, down, flow);
    flow.step(kScenarioStart + at, down, up);
    carried += bwe::bytes_in(*down.config().rate, 1ms);
    queue_ms.push_back(to_ms(down.backlog(kScenarioStart + at)));
    if (figures.reached == Duration::max() && flow.estimator().estimate() >= bwe::scaled(*row.down.rate, 0.85))
      figures.reached = at;
  }
  figures.queue_p95_ms = at_percentile(queue_ms, 95);
  figures.utilisation = flow.delivered_bytes() / (carried * (1 - row.down.loss));
  figures.lost = 1 - flow.delivered_bytes() / (flow.sent_bytes() * (1 - row.down.loss));
  return figures;
}

Shares share(std::int64_t rate_kbps, std::uint64_t seed, Pictures pictures) {
  constexpr Duration kSpan = 200s;
  constexpr Duration kSecondJoins = 10s;
  constexpr Duration kCounted = 20s;
  const Duration drift =
      pictures == Pictures::kDrifting ? Duration(370us) : Duration::zero();  // round in three seconds
  Link down(bottleneck(rate_kbps), seed);
  Link up({.delay = 20ms}, seed + 1);
  Flow first({.max = kbps(20'000), .starts = kScenarioStart}, seed + 2);
  FlowConfig later{.max = kbps(20'000), .starts = kScenarioStart + kSecondJoins};
  later.frame_interval += drift;
  Flow second(later, seed + 3);
  double before[2] = {};
  std::vector<double> queue_ms;
  for (Duration at{}; at < kSpan; at += 1ms) {
    if (at == kCounted) {
      before[0] = first.delivered_bytes();
      before[1] = second.delivered_bytes();
    }
    first.step(kScenarioStart + at, down, up);
    second.step(kScenarioStart + at, down, up);
    if (at >= kCounted) queue_ms.push_back(to_ms(down.backlog(kScenarioStart + at)));
  }
  const double had_first = first.delivered_bytes() - before[0];
  const double had_second = second.delivered_bytes() - before[1];
  return {.least = std::min(had_first, had_second) / (had_first + had_second),
          .queue_p95_ms = at_percentile(queue_ms, 95)};
}

double share_beside_a_download(Duration queue, std::uint64_t seed) {
  constexpr Duration kSpan = 70s;
  constexpr Duration kRivalComes = 10s;
  LinkConfig config = bottleneck(3000);
  config.queue = queue;
  Link down(config, seed);
  Link up({.delay = config.delay}, seed + 1);
  Flow flow({.max = kbps(20'000), .starts = kScenarioStart}, seed + 2);
  Rival rival(config.delay);
  double before = 0;
  for (Duration at{}; at < kSpan; at += 1ms) {
    if (at == kRivalComes) before = flow.delivered_bytes();
    flow.step(kScenarioStart + at, down, up);
    if (at >= kRivalComes) rival.step(kScenarioStart + at, down);
  }
  const double had = flow.delivered_bytes() - before;
  return had / (had + rival.delivered_bytes());
}

}  // namespace consomme::sim
