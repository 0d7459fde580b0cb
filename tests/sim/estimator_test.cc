// The bandwidth estimator over links in virtual time, a row a link. What a row promises is held for every seed.
#include <algorithm>
#include <functional>
#include <memory>

#include "tests/sim/flow.h"

namespace consomme::sim {
namespace {

using bwe::kbps;

constexpr Instant kStart{1000s};

struct Row {
  const char* name;
  LinkConfig down;
  double least_utilisation = 0.85;  // of what the link carries, behind its own loss
  double queue_p95_ms = 100;
  Duration reaches_within = 5s;  // 85 % of the link
  std::function<void(Duration, Link&, Flow&)> change{};
};

LinkConfig link(std::int64_t rate_kbps, Duration delay = 20ms) {
  return {.delay = delay, .rate = kbps(rate_kbps)};
}
LinkConfig with(LinkConfig config, const std::function<void(LinkConfig&)>& change) {
  change(config);
  return config;
}

const Row kRows[] = {
    {.name = "1 Mbit/s", .down = link(1000)},
    {.name = "2.5 Mbit/s", .down = link(2500)},
    {.name = "10 Mbit/s", .down = link(10'000)},
    {.name = "150 ms there and back", .down = link(2000, 75ms)},
    {.name = "300 ms there and back", .down = link(2000, 150ms), .queue_p95_ms = 110},
    {.name = "1 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.01; })},
    {.name = "5 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.05; })},
    {.name = "10 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.1; }), .least_utilisation = 0.8},
    {.name = "reordering", .down = with(link(2000), [](LinkConfig& c) { c.reordered = 0.02; })},
    {.name = "a queue of 40 ms", .down = with(link(2000), [](LinkConfig& c) { c.queue = 40ms; })},
    {.name = "a queue of a second", .down = with(link(2000), [](LinkConfig& c) { c.queue = 1s; })},
    {.name = "no feedback for 2 s",
     .down = link(2000),
     .change = [](Duration at, Link&, Flow& flow) { flow.mute(at >= 20s && at < 22s); }},
};

struct Figures {
  double utilisation = 0;
  double queue_p95_ms = 0;
  Duration reached = Duration::max();
};

Figures drive(const Row& row, std::uint64_t seed) {
  constexpr Duration kSpan = 60s;
  Link down(row.down, seed);
  Link up({.delay = row.down.delay}, seed + 1);
  Flow flow({.max = kbps(20'000), .starts = kStart}, seed + 2);
  Figures figures;
  std::vector<double> queue_ms;
  for (Duration at{}; at < kSpan; at += 1ms) {
    if (row.change) row.change(at, down, flow);
    flow.step(kStart + at, down, up);
    queue_ms.push_back(std::chrono::duration<double, std::milli>(down.backlog(kStart + at)).count());
    if (figures.reached == Duration::max() && flow.estimator().estimate() >= bwe::scaled(*row.down.rate, 0.85))
      figures.reached = at;
  }
  std::ranges::sort(queue_ms);
  figures.queue_p95_ms = queue_ms[queue_ms.size() * 95 / 100];
  figures.utilisation = flow.delivered_bytes() / bwe::bytes_in(*row.down.rate, kSpan);
  return figures;
}

class Estimation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Estimation, UsesTheLinkAndKeepsItsQueueShort) {
  for (const Row& row : kRows) {
    const Figures figures = drive(row, GetParam());
    EXPECT_GE(figures.utilisation, row.least_utilisation) << row.name;
    EXPECT_LE(figures.queue_p95_ms, row.queue_p95_ms) << row.name;
    EXPECT_LE(figures.reached, row.reaches_within) << row.name;
  }
}

TEST_P(Estimation, AnswersADropOfCapacityWithinASecond) {
  Link down(link(2500), GetParam());
  Link up({.delay = 20ms}, GetParam() + 1);
  Flow flow({.max = kbps(20'000), .starts = kStart}, GetParam() + 2);
  for (Duration at{}; at < 21s; at += 1ms) {
    if (at == 20s) down.config().rate = kbps(500);
    flow.step(kStart + at, down, up);
  }
  EXPECT_LE(flow.estimator().estimate(), kbps(600));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Estimation, testing::Values(1, 2, 3));

}  // namespace
}  // namespace consomme::sim
