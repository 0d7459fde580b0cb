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
  double most_lost = 0.02;       // of what was sent, besides the link's own loss
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

// 2.5 Mbit/s, down to 500 kbit/s from the 20th second to the 30th, up again until the 50th.
void ramp(Duration at, Link& link, Flow&) {
  const double s = std::chrono::duration<double>(at).count();
  const double left = s < 20 ? 1 : s < 30 ? 1 - (s - 20) * 0.08 : std::min(1.0, 0.2 + (s - 30) * 0.04);
  link.config().rate = bwe::scaled(kbps(2500), left);
}

const Row kRows[] = {
    // A packet takes 32 ms to send, and a picture is two.
    {.name = "300 kbit/s", .down = link(300), .queue_p95_ms = 130},
    {.name = "600 kbit/s", .down = link(600), .queue_p95_ms = 115},
    {.name = "1 Mbit/s", .down = link(1000)},
    {.name = "2.5 Mbit/s", .down = link(2500)},
    {.name = "10 Mbit/s", .down = link(10'000)},
    {.name = "150 ms there and back", .down = link(2000, 75ms)},
    {.name = "300 ms there and back", .down = link(2000, 150ms)},
    {.name = "jitter of 30 ms", .down = with(link(2000), [](LinkConfig& c) { c.jitter = 30ms; })},
    {.name = "1 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.01; })},
    {.name = "5 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.05; })},
    {.name = "10 % lost", .down = with(link(2000), [](LinkConfig& c) { c.loss = 0.1; })},
    {.name = "5 % lost in bursts",
     .down = with(link(2000),
                  [](LinkConfig& c) {
                    c.loss = 0.05;
                    c.burst = 4;
                  })},
    {.name = "reordering", .down = with(link(2000), [](LinkConfig& c) { c.reordered = 0.02; })},
    {.name = "a queue of 40 ms", .down = with(link(2000), [](LinkConfig& c) { c.queue = 40ms; }), .most_lost = 0.08},
    {.name = "a queue of a second", .down = with(link(2000), [](LinkConfig& c) { c.queue = 1s; })},
    // Every way to find out what a policer lets through costs packets; other links lose a few by a full queue.
    {.name = "a policer with 15 KB",
     .down = with(link(2000), [](LinkConfig& c) { c.bucket_bytes = 15'000; }),
     .most_lost = 0.08},
    {.name = "a ramp down and up", .down = link(2500), .change = ramp},
    // A thirtieth of the time nobody tells of the queue.
    {.name = "no feedback for 2 s",
     .down = link(2000),
     .queue_p95_ms = 110,
     .change = [](Duration at, Link&, Flow& flow) { flow.mute(at >= 20s && at < 22s); }},
};

struct Figures {
  double utilisation = 0;
  double lost = 0;
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
  double carried = 0;
  for (Duration at{}; at < kSpan; at += 1ms) {
    if (row.change) row.change(at, down, flow);
    flow.step(kStart + at, down, up);
    carried += bwe::bytes_in(*down.config().rate, 1ms);
    queue_ms.push_back(std::chrono::duration<double, std::milli>(down.backlog(kStart + at)).count());
    if (figures.reached == Duration::max() && flow.estimator().estimate() >= bwe::scaled(*row.down.rate, 0.85))
      figures.reached = at;
  }
  std::ranges::sort(queue_ms);
  figures.queue_p95_ms = queue_ms[queue_ms.size() * 95 / 100];
  figures.utilisation = flow.delivered_bytes() / (carried * (1 - row.down.loss));
  figures.lost = 1 - flow.delivered_bytes() / (flow.sent_bytes() * (1 - row.down.loss));
  return figures;
}

class Estimation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Estimation, UsesTheLinkAndKeepsItsQueueShort) {
  for (const Row& row : kRows) {
    const Figures figures = drive(row, GetParam());
    EXPECT_GE(figures.utilisation, row.least_utilisation) << row.name;
    EXPECT_LE(figures.queue_p95_ms, row.queue_p95_ms) << row.name;
    EXPECT_LE(figures.lost, row.most_lost) << row.name;
    EXPECT_LE(figures.reached, row.reaches_within) << row.name;
  }
}

// A source of three layers, and how often the layer changed in a minute after the first five seconds.
struct Layered {
  std::optional<std::size_t> layer;
  int changes = 0;
};
Layered watch(const LinkConfig& config, std::uint64_t seed) {
  Link down(config, seed);
  Link up({.delay = config.delay}, seed + 1);
  Flow flow({.layers = {kbps(150), kbps(500), kbps(1500)}, .starts = kStart}, seed + 2);
  Layered seen;
  for (Duration at{}; at < 65s; at += 1ms) {
    flow.step(kStart + at, down, up);
    if (flow.layer() != seen.layer && at > 5s) ++seen.changes;
    seen.layer = flow.layer();
  }
  return seen;
}

TEST_P(Estimation, KeepsTheLayerThatFitsOnASteadyLink) {
  const auto lossy = [](std::int64_t rate_kbps) { return with(link(rate_kbps), [](LinkConfig& c) { c.loss = 0.05; }); };
  struct Case {
    LinkConfig config;
    std::size_t layer;
  };
  for (const Case& c :
       {Case{link(2000), 2}, Case{link(700), 1}, Case{link(300), 0}, Case{lossy(2000), 2}, Case{lossy(700), 1}}) {
    const Layered seen = watch(c.config, GetParam());
    EXPECT_EQ(seen.layer, c.layer) << c.config.rate->value();
    EXPECT_LE(seen.changes, 1) << c.config.rate->value();
  }
}

TEST_P(Estimation, TakesTheBestLayerAgainWithinTenSecondsOfARecovery) {
  Link down(link(2500), GetParam());
  Link up({.delay = 20ms}, GetParam() + 1);
  Flow flow({.layers = {kbps(150), kbps(500), kbps(1500)}, .starts = kStart}, GetParam() + 2);
  for (Duration at{}; at < 50s; at += 1ms) {
    if (at == 20s) down.config().rate = kbps(500);
    if (at == 40s) down.config().rate = kbps(2500);
    flow.step(kStart + at, down, up);
    if (at == 20s || at == 50s - 1ms) {
      EXPECT_EQ(flow.layer(), 2U);
    }
    if (at == 21s) {
      EXPECT_LT(flow.layer(), 2U);
    }
  }
}

TEST_P(Estimation, SharesALinkWithAnotherOfItsKind) {
  Link down(link(3000), GetParam());
  Link up({.delay = 20ms}, GetParam() + 1);
  Flow first({.max = kbps(20'000), .starts = kStart}, GetParam() + 2);
  Flow second({.max = kbps(20'000), .starts = kStart + 10s}, GetParam() + 3);
  double before[2] = {};
  for (Duration at{}; at < 80s; at += 1ms) {
    if (at == 20s) {
      before[0] = first.delivered_bytes();
      before[1] = second.delivered_bytes();
    }
    first.step(kStart + at, down, up);
    second.step(kStart + at, down, up);
  }
  const double had_first = first.delivered_bytes() - before[0];
  const double had_second = second.delivered_bytes() - before[1];
  EXPECT_NEAR(had_first / (had_first + had_second), 0.5, 0.1);
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

INSTANTIATE_TEST_SUITE_P(Seeds, Estimation, testing::Values(1, 2, 3, 4, 5, 6));

}  // namespace
}  // namespace consomme::sim
