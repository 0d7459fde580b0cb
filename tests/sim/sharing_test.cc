// A whole worker before links that carry less than is sent: what its receivers get, and what their clients are told.
#include <algorithm>

#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

using bwe::kbps;

constexpr LinkConfig kGood{.delay = 20ms};
LinkConfig carrying(std::int64_t rate_kbps) {
  return {.delay = 20ms, .rate = kbps(rate_kbps)};
}

// A source's number is in its packets' (World::publish_simulcast): 250, 500 and 760 kbit/s. What came last; -1: nothing
// within `lately`.
int layer_of(const World& world, const Sink& sink, Duration lately = 1s) {
  const auto& arrivals = sink.arrivals();
  const auto newer = [](const auto& a, const auto& b) { return a.second.at < b.second.at; };
  const auto last = std::ranges::max_element(arrivals, newer);
  if (last == arrivals.end() || world.now() - last->second.at > lately) return -1;
  return static_cast<int>(last->first / 1'000'000);
}

// How often the layer changed in `span`.
int changes(World& world, const Sink& sink, Duration span) {
  int count = 0;
  int layer = layer_of(world, sink);
  for (Duration at{}; at < span; at += 100ms) {
    world.run_for(100ms);
    const int next = layer_of(world, sink);
    count += next == layer ? 0 : 1;
    layer = next;
  }
  return count;
}

class Sharing : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Sharing, GivesTheLayerThatFitsTheLink) {
  struct Case {
    std::int64_t kbps;
    int layer;
  };
  for (const Case& c : {Case{400, 0}, Case{650, 1}, Case{2000, 2}}) {
    World world(GetParam());
    Member& alice = world.join(kGood, kGood);
    Member& bob = world.join(kGood, carrying(c.kbps));
    const auto video = world.publish_simulcast(alice, 3);
    const auto seen = world.consume(bob, video.producer);
    world.run_for(5s);
    EXPECT_EQ(layer_of(world, *seen.sink), c.layer) << c.kbps;
    EXPECT_LE(changes(world, *seen.sink, 60s), 1) << c.kbps;
    EXPECT_EQ(layer_of(world, *seen.sink), c.layer) << c.kbps;
  }
}

TEST_P(Sharing, FollowsALinkThatChanges) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(2000));
  const auto video = world.publish_simulcast(alice, 3);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(20s);
  EXPECT_EQ(layer_of(world, *seen.sink), 2);
  bob.down.config().rate = kbps(400);
  world.run_for(3s);
  EXPECT_EQ(layer_of(world, *seen.sink), 0);
  world.run_for(17s);
  bob.down.config().rate = kbps(2000);
  EXPECT_TRUE(world.run_until([&] { return layer_of(world, *seen.sink) == 2; }, 10s));
}

TEST_P(Sharing, PausesAVideoOfWhichNothingFitsTellsItsClientAndResumesIt) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(2000));
  const auto video = world.publish_simulcast(alice, 3);
  const auto sound = world.publish(alice, false);
  const auto seen = world.consume(bob, video.producer);
  const auto heard = world.consume(bob, sound.producer);
  world.run_for(10s);
  world.take_events();

  bob.down.config().rate = kbps(120);
  EXPECT_TRUE(world.run_until([&] { return layer_of(world, *seen.sink) == -1; }, 10s));
  const auto nothing = [&](const sfu::Event& event) {
    const auto* const changed = std::get_if<sfu::ConsumerLayersChanged>(&event);
    return changed != nullptr && changed->consumer == seen.consumer && !changed->layers;
  };
  const std::vector<sfu::Event> told = world.take_events();
  EXPECT_EQ(std::ranges::count_if(told, nothing), 1);
  const std::size_t heard_before = heard.sink->arrivals().size();
  world.run_for(10s);
  EXPECT_EQ(layer_of(world, *seen.sink), -1);
  EXPECT_GT(heard.sink->arrivals().size(), heard_before + 450) << "sound goes on";

  bob.down.config().rate = kbps(2000);
  EXPECT_TRUE(world.run_until([&] { return layer_of(world, *seen.sink) == 2; }, 15s));
}

TEST_P(Sharing, ServesThePreferredFirst) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(900));
  const auto first = world.publish_simulcast(alice, 3);
  const auto second = world.publish_simulcast(alice, 3);
  const auto seen_first = world.consume(bob, first.producer);
  const auto seen_second = world.consume(bob, second.producer);
  world.control().set_priority(seen_second.consumer, 5);
  world.run_for(20s);
  const auto rank = [&](const Sink& sink) { return layer_of(world, sink); };
  EXPECT_GT(rank(*seen_second.sink), rank(*seen_first.sink));
}

TEST_P(Sharing, MakesRoomForAVideoThatJoins) {
  World world(GetParam());
  Member& alice = world.join(kGood, kGood);
  Member& bob = world.join(kGood, carrying(1000));
  const auto first = world.publish_simulcast(alice, 3);
  const auto second = world.publish_simulcast(alice, 3);
  const auto seen_first = world.consume(bob, first.producer);
  world.run_for(20s);
  ASSERT_EQ(layer_of(world, *seen_first.sink), 2);
  const auto seen_second = world.consume(bob, second.producer);
  EXPECT_TRUE(world.run_until(
      [&] { return layer_of(world, *seen_first.sink) < 2 && layer_of(world, *seen_second.sink) >= 0; }, 2s));
  EXPECT_GE(layer_of(world, *seen_first.sink), 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Sharing, testing::Values(1, 2, 3));

}  // namespace
}  // namespace consomme::sim
