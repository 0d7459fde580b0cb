// Repair over bad links: 5 % lost in both directions of every link, 100 ms round trip between each peer and the server.
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kLossy{.delay = 50ms, .loss = 0.05};
constexpr Duration kRoundTrip = 100ms;

class Loss : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Loss, EveryVideoPacketThatCanBeRepairedInTimeArrives) {
  World world(GetParam());
  Member& alice = world.join(kLossy, kLossy);
  Member& bob = world.join(kLossy, kLossy);
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  ASSERT_TRUE(world.run_until([&] { return seen.sink->first_key_frame().has_value(); }));
  world.run_for(60s);
  video.source->stop();
  world.run_for(2s);

  // From the first packet that bob got, all came, each within a second of its sending: a handful of attempts.
  const auto& arrivals = seen.sink->arrivals();
  const std::uint64_t first = arrivals.begin()->first;
  const std::uint64_t last = arrivals.rbegin()->first;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;
  std::uint64_t repaired = 0;
  for (std::uint64_t number = first; number <= last; ++number) {
    const auto it = arrivals.find(number);
    if (it == arrivals.end()) {
      ++lost;
      continue;
    }
    repaired += it->second.repaired ? 1 : 0;
    if (it->second.at - video.source->sent_at()[number] > Duration(1s)) ++late;
  }
  EXPECT_GT(last - first, 6000U);
  EXPECT_GT(repaired, 200U);  // the test means something: the last link alone lost this many
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(late, 0U);
  EXPECT_LE(seen.sink->duplicates(), repaired / 5) << "what was repaired at its source is not sent again besides";
}

TEST_P(Loss, NoNackIsRepeatedWithinARoundTrip) {
  World world(GetParam());
  Member& alice = world.join(kLossy, kLossy);
  Member& bob = world.join(kLossy, kLossy);
  const auto video = world.publish(alice);
  world.consume(bob, video.producer);
  world.run_for(60s);
  std::map<std::uint16_t, Instant> asked;
  std::uint64_t repeats = 0;
  for (const Source::Asked& ask : video.source->asked()) {
    const auto [it, first] = asked.emplace(ask.seq.value(), ask.at);
    if (first) continue;
    ++repeats;
    EXPECT_GE(ask.at - it->second, kRoundTrip) << "sequence number " << ask.seq.value();
    it->second = ask.at;
  }
  EXPECT_GT(asked.size(), 200U);
  EXPECT_GT(repeats, 5U);  // some requests were lost themselves
}

INSTANTIATE_TEST_SUITE_P(Seeds, Loss, ::testing::Values(1, 2, 3));

TEST(Loss, ACallComesUpOverALinkThatLosesAThirdOfEverything) {
  World world(21);
  constexpr LinkConfig kBad{.delay = 50ms, .loss = 0.33};
  Member& alice = world.join(kBad, kBad);
  Member& bob = world.join(kBad, kBad);
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  EXPECT_TRUE(world.run_until([&] { return seen.sink->first_key_frame().has_value(); }, 20s));
}

}  // namespace
}  // namespace consomme::sim
