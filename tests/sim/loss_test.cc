// Repair over bad links: 5 % lost in both directions of every link, 100 ms round trip between each peer and the server.
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kLossy{.delay = 50ms, .loss = 0.05};

// What a sink got of what its source sent, from the first packet that arrived to the last.
struct Balance {
  std::uint64_t packets = 0;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;  // more than a second after it was sent: a handful of attempts
  std::uint64_t repaired = 0;
};

Balance balance(const Source& source, const Sink& sink) {
  Balance sum;
  const auto& arrivals = sink.arrivals();
  const auto first = arrivals.lower_bound(source.config().first_number);
  const auto end = arrivals.lower_bound(source.config().first_number + source.packets());
  if (first == end) return sum;
  for (std::uint64_t number = first->first; number <= std::prev(end)->first; ++number) {
    ++sum.packets;
    const auto it = arrivals.find(number);
    if (it == arrivals.end()) {
      ++sum.lost;
      continue;
    }
    if (it->second.repaired) ++sum.repaired;
    if (it->second.at - source.sent_at(number) > Duration(1s)) ++sum.late;
  }
  return sum;
}

// How often a packet was asked for again.
std::uint64_t count_repetitions(Duration round_trip, const Source& source) {
  std::map<std::uint16_t, Instant> asked;
  std::uint64_t repeats = 0;
  for (const Source::Asked& ask : source.asked()) {
    const auto [it, first] = asked.emplace(ask.seq.value(), ask.at);
    if (first) continue;
    ++repeats;
    EXPECT_GE(ask.at - it->second, round_trip) << "sequence number " << ask.seq.value();
    it->second = ask.at;
  }
  return repeats;
}

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

  const Balance sum = balance(*video.source, *seen.sink);
  EXPECT_GT(sum.packets, 6000U);
  EXPECT_GT(sum.repaired, 200U);  // the test means something: the last link alone lost this many
  EXPECT_EQ(sum.lost, 0U);
  EXPECT_EQ(sum.late, 0U);
  EXPECT_LE(seen.sink->duplicates_of_asked(), sum.repaired / 5)
      << "what was repaired at its source is not sent again besides";
}

// NACK of sound is negotiated on the way up only.
TEST_P(Loss, EverySoundPacketThatIsLostOnItsWayUpIsRepaired) {
  World world(GetParam());
  Member& alice = world.join(kLossy, kLossy);
  Member& bob = world.join({.delay = 50ms}, {.delay = 50ms});
  const auto audio = world.publish(alice, false);
  const auto heard = world.consume(bob, audio.producer);
  world.run_for(60s);
  audio.source->stop();
  world.run_for(2s);

  const Balance sum = balance(*audio.source, *heard.sink);
  EXPECT_GT(sum.packets, 2500U);
  EXPECT_GT(sum.repaired, 100U);
  EXPECT_EQ(sum.lost, 0U);
  EXPECT_EQ(sum.late, 0U);
  EXPECT_EQ(heard.sink->duplicates(), 0U);
}

TEST_P(Loss, EveryPacketOfTheBestLayerThatCanBeRepairedInTimeArrives) {
  World world(GetParam());
  Member& alice = world.join(kLossy, kLossy);
  Member& bob = world.join(kLossy, kLossy);
  const auto video = world.publish_simulcast(alice, 2);  // both fit from the first moment
  const auto seen = world.consume(bob, video.producer);
  world.run_for(60s);
  for (Source* const source : video.sources) source->stop();
  world.run_for(2s);

  const Balance sum = balance(*video.sources[1], *seen.sink);
  EXPECT_GT(sum.packets, 3000U);
  EXPECT_GT(sum.repaired, 150U);
  EXPECT_EQ(sum.lost, 0U);
  EXPECT_EQ(sum.late, 0U);
  EXPECT_EQ(seen.sink->missing(), 0U) << "nor was anything asked for in vain";
  std::uint64_t repetitions = 0;
  for (const Source* const source : video.sources) repetitions += count_repetitions(100ms, *source);
  EXPECT_GT(repetitions, 5U) << "some requests were lost themselves";
}

TEST_P(Loss, NoNackIsRepeatedWithinARoundTrip) {
  std::uint64_t repetitions_of_sound = 0;
  for (const Duration round_trip : {20ms, 100ms, 300ms}) {
    World world(GetParam());
    Member& alice = world.join({.delay = round_trip / 2}, {.delay = round_trip / 2});
    ASSERT_TRUE(world.run_until([&] { return alice.client->connected(); }));
    alice.up.config().loss = alice.down.config().loss = 0.05;
    const auto video = world.publish(alice);
    const auto audio = world.publish(alice, false);
    world.run_for(60s);
    EXPECT_GT(count_repetitions(round_trip, *video.source), 5U);
    repetitions_of_sound += count_repetitions(round_trip, *audio.source);
  }
  EXPECT_GT(repetitions_of_sound, 5U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Loss, ::testing::Values(1, 2, 3));

TEST(Loss, EveryVideoPacketThatIsLostOnALongWayUpArrives) {
  World world(1);
  Member& alice = world.join({.delay = 150ms}, {.delay = 150ms});
  Member& bob = world.join({.delay = 10ms}, {.delay = 10ms});
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  ASSERT_TRUE(world.run_until([&] { return seen.sink->first_key_frame().has_value(); }));
  alice.up.config().loss = alice.down.config().loss = 0.05;
  world.run_for(60s);
  video.source->stop();
  world.run_for(4s);
  const Balance sum = balance(*video.source, *seen.sink);
  EXPECT_GT(sum.packets, 6000U);
  EXPECT_GT(sum.late, 0U) << "asked for three times";
  EXPECT_EQ(sum.lost, 0U);
}

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
