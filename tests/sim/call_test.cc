// A call as it goes when nothing is lost: connecting, forwarding, pausing, leaving.
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kNear{.delay = 10ms, .loss = 0};

bool has_event(const std::vector<sfu::Event>& events, auto matches) {
  return std::ranges::any_of(events, matches);
}

TEST(Call, ConnectsWithinFourRoundTrips) {
  World world(1);
  Member& alice = world.join(kNear, kNear);
  EXPECT_TRUE(world.run_until([&] { return alice.client->connected(); }, 80ms));
}

TEST(Call, ForwardsEveryPacketOfVideoAndAudioOnceInOrder) {
  World world(2);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice, true);
  const auto audio = world.publish(alice, false);
  const auto seen = world.consume(bob, video.producer);
  const auto heard = world.consume(bob, audio.producer);
  world.run_for(5s);
  video.source->stop();
  audio.source->stop();
  world.run_for(1s);
  EXPECT_TRUE(seen.sink->began_with_key_frame());
  EXPECT_EQ(seen.sink->missing(), 0U);
  EXPECT_EQ(heard.sink->missing(), 0U);
  EXPECT_EQ(seen.sink->duplicates() + heard.sink->duplicates(), 0U);
  EXPECT_GE(seen.sink->packets(), video.source->packets() - 20);
  EXPECT_GE(heard.sink->packets(), audio.source->packets() - 20);
  EXPECT_EQ(bob.client->unreadable(), 0U);
}

TEST(Call, AConsumerWhoComesLateStartsWithAKeyFrameAtOnce) {
  World world(3);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  ASSERT_TRUE(world.run_until([&] { return bob.client->connected(); }));
  world.run_for(3s);
  const Instant asked = world.now();
  const auto seen = world.consume(bob, video.producer);
  ASSERT_TRUE(world.run_until([&] { return seen.sink->first_key_frame().has_value(); }));
  EXPECT_TRUE(seen.sink->began_with_key_frame());
  EXPECT_LE(world.now() - asked, Duration(80ms));  // PLI up, a frame's time, key frame down
}

TEST(Call, APausedConsumerGetsNothingAndGoesOnWithoutAGap) {
  World world(4);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(2s);
  world.control().pause_consumer(seen.consumer, true);
  world.carry_out();
  world.run_for(100ms);
  const auto before = seen.sink->packets();
  ASSERT_GT(before, 100U);
  world.run_for(2s);
  EXPECT_EQ(seen.sink->packets(), before);
  world.control().pause_consumer(seen.consumer, false);
  world.carry_out();
  world.run_for(2s);
  EXPECT_GT(seen.sink->packets(), before + 100);
  EXPECT_EQ(seen.sink->missing(), 0U);
}

TEST(Call, PicturesOfTemporalLayersAreNumberedOnAfterAPause) {
  World world(14);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  video.source->use_layers({.codec = wire::Codec::kVp8, .temporal_layers = 3, .frame_bytes = {4000}});
  const auto seen = world.consume(bob, video.producer);
  world.run_for(2s);
  world.control().pause_consumer(seen.consumer, true);
  world.carry_out();
  world.run_for(2s);
  world.control().pause_consumer(seen.consumer, false);
  world.carry_out();
  world.run_for(2s);
  EXPECT_EQ(seen.sink->missing(), 0U);
  EXPECT_EQ(seen.sink->missing_pictures(), 0U);
  EXPECT_GT(seen.sink->packets_of_layer(0), 80U);
  EXPECT_GT(seen.sink->packets_of_layer(2), seen.sink->packets_of_layer(1));
}

TEST(Call, APausedProducerIsHeardByNobody) {
  World world(5);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto audio = world.publish(alice, false);
  const auto heard = world.consume(bob, audio.producer);
  world.run_for(1s);
  world.control().pause_producer(audio.producer, true);
  world.carry_out();
  world.run_for(100ms);
  const auto before = heard.sink->packets();
  world.run_for(1s);
  EXPECT_EQ(heard.sink->packets(), before);
  world.control().pause_producer(audio.producer, false);
  world.carry_out();
  world.run_for(1s);
  EXPECT_GT(heard.sink->packets(), before + 40);
  EXPECT_EQ(heard.sink->missing(), 0U);
}

TEST(Call, AConsumerMadeBeforeItsTransportConnectsStartsWhenItDoes) {
  World world(6);
  Member& alice = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  world.run_for(2s);
  Member& bob = world.join(kNear, kNear);
  const auto seen = world.consume(bob, video.producer);  // resumed at once, long before DTLS is up
  ASSERT_TRUE(world.run_until([&] { return seen.sink->first_key_frame().has_value(); }, 400ms));
  EXPECT_TRUE(seen.sink->began_with_key_frame());
}

TEST(Call, HundredsOfJoinersCauseNoStormOfKeyFrameRequests) {
  World world(7);
  Member& alice = world.join(kNear, kNear);
  std::vector<Member*> members;
  for (int i = 0; i < 300; ++i) members.push_back(&world.join(kNear, kNear));
  world.run_for(1s);
  const auto video = world.publish_simulcast(alice, 3);
  world.run_for(1s);
  const auto requests = [&] {
    std::vector<std::size_t> each;
    for (const Source* const source : video.sources) each.push_back(source->key_frame_requests().size());
    return each;
  };
  const auto before = requests();
  std::vector<const Sink*> sinks;
  for (Member* const member : members) sinks.push_back(world.consume(*member, video.producer).sink);
  world.run_for(1500ms);
  for (const Sink* const sink : sinks) EXPECT_TRUE(sink->first_key_frame().has_value());
  const auto after = requests();
  for (std::size_t i = 0; i < video.sources.size(); ++i) EXPECT_LE(after[i] - before[i], 3U) << i;
}

TEST(Call, SimulcastReachesTheReceiverInTheBestLayerThatIsAlive) {
  World world(8);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish_simulcast(alice, 3);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(5s);
  EXPECT_TRUE(seen.sink->began_with_key_frame());
  EXPECT_EQ(seen.sink->missing(), 0U);
  // Three packets a frame: the best layer is what arrives.
  const auto before = seen.sink->packets();
  world.run_for(3300ms);
  EXPECT_NEAR(static_cast<double>(seen.sink->packets() - before), 300.0, 6.0);
  video.sources[2]->stop();
  world.run_for(3s);
  const auto lower = seen.sink->packets();
  world.run_for(3300ms);
  EXPECT_NEAR(static_cast<double>(seen.sink->packets() - lower), 200.0, 6.0);
  EXPECT_EQ(seen.sink->missing(), 0U);
  video.sources[2]->start(world.now());
  world.run_for(1s);
  const auto again = seen.sink->packets();
  world.run_for(3300ms);
  EXPECT_NEAR(static_cast<double>(seen.sink->packets() - again), 300.0, 6.0);
  EXPECT_EQ(seen.sink->missing(), 0U);
}

// When something came last before `now`, of the source with these numbers.
std::optional<Instant> last_of(const Sink& sink, std::uint64_t source) {
  const auto next = sink.arrivals().lower_bound((source + 1) * World::kNumbersPerSource);
  if (next == sink.arrivals().begin() || std::prev(next)->first < source * World::kNumbersPerSource)
    return std::nullopt;
  return std::prev(next)->second.at;
}

TEST(Call, ALayerThatDiesIsLeftWithinASecond) {
  for (const Duration after : {5000ms, 5060ms, 5120ms, 5180ms}) {
    World world(15);
    Member& alice = world.join(kNear, kNear);
    Member& bob = world.join(kNear, kNear);
    const auto video = world.publish_simulcast(alice, 3);
    const auto seen = world.consume(bob, video.producer);
    world.run_for(after);
    video.sources[2]->stop();
    world.run_for(100ms);
    const Instant died = *last_of(*seen.sink, 2);
    const auto next = [&] { return last_of(*seen.sink, 1) > died; };
    EXPECT_TRUE(world.run_until(next, 900ms - (world.now() - died)));
    EXPECT_EQ(seen.sink->missing(), 0U);
  }
}

// Of which a second picture interval is part: what is shown next begins with a picture that is yet to be made.
TEST(Call, ALayerThatDiesIsLeftWithinASecondAndAHalfHoweverFewPicturesThereAre) {
  for (const Duration interval : {100ms, 200ms, 300ms, 400ms, 500ms}) {
    for (const Duration after : {8000ms, 8060ms, 8120ms, 8180ms}) {
      World world(15);
      Member& alice = world.join(kNear, kNear);
      Member& bob = world.join(kNear, kNear);
      const auto video = world.publish_simulcast(alice, 3, interval);
      const auto seen = world.consume(bob, video.producer);
      world.run_for(after);
      video.sources[2]->stop();
      world.run_for(100ms);
      const Instant died = *last_of(*seen.sink, 2);
      EXPECT_LT(world.now() - died, interval + 110ms);
      const auto next = [&] { return last_of(*seen.sink, 1) > died; };
      EXPECT_TRUE(world.run_until(next, 1500ms - (world.now() - died))) << interval / 1ms << " " << after / 1ms;
      EXPECT_EQ(seen.sink->missing(), 0U);
    }
  }
}

TEST(Call, ASourceThatRestsForASecondGoesOnWhereItWas) {
  World world(16);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish_simulcast(alice, 3);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(5s);
  const std::uint64_t key_frames = video.sources[2]->key_frames();
  for (int i = 0; i < 5; ++i) {
    for (Source* const source : video.sources) source->stop();
    world.run_for(967ms);
    for (Source* const source : video.sources) source->start(world.now());
    world.run_for(33ms);
  }
  world.run_for(1s);
  EXPECT_EQ(video.sources[2]->key_frames(), key_frames);
  EXPECT_LT(world.now() - *last_of(*seen.sink, 2), Duration(60ms));
}

TEST(Call, TheSenderIsToldOfItsPacketsByTransportWideFeedback) {
  World world(9);
  Member& alice = world.join(kNear, kNear);
  world.publish(alice);
  world.run_for(3s);
  EXPECT_GE(alice.client->feedback_messages(), 20U);  // with the first packet that comes 100 ms after the last report
}

TEST(Call, ALostConsentEndsTheTransportAfterThirtySeconds) {
  World world(10);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(2s);
  world.take_events();
  alice.client->vanish();
  world.run_for(27s);
  EXPECT_FALSE(has_event(world.take_events(), [](const sfu::Event& event) {
    return std::holds_alternative<sfu::TransportEnded>(event) || std::holds_alternative<sfu::ConsumerEnded>(event);
  }));
  world.run_for(4s);
  const auto events = world.take_events();
  EXPECT_TRUE(has_event(events, [&](const sfu::Event& event) {
    const auto* ended = std::get_if<sfu::TransportEnded>(&event);
    return ended != nullptr && ended->transport == alice.transport && ended->reason == sfu::TransportEnd::kConsentLost;
  }));
  EXPECT_TRUE(has_event(events, [&](const sfu::Event& event) {
    const auto* ended = std::get_if<sfu::ConsumerEnded>(&event);
    return ended != nullptr && ended->consumer == seen.consumer;
  }));
  EXPECT_EQ(world.worker().producers(), 0U);
  EXPECT_EQ(world.worker().consumers(), 0U);
  EXPECT_EQ(world.worker().transports(), 1U);
  EXPECT_EQ(world.worker().tuples(), 1U);
}

TEST(Call, AGoodbyeEndsTheTransportAtOnce) {
  World world(11);
  Member& alice = world.join(kNear, kNear);
  world.publish(alice);
  world.run_for(1s);
  world.take_events();
  alice.client->say_goodbye();
  world.run_for(100ms);
  EXPECT_TRUE(has_event(world.take_events(), [&](const sfu::Event& event) {
    const auto* ended = std::get_if<sfu::TransportEnded>(&event);
    return ended != nullptr && ended->reason == sfu::TransportEnd::kDtlsClosed;
  }));
  EXPECT_EQ(world.worker().packets_in_use(), 0U);
}

TEST(Call, MediaGoesOnThroughAnIceRestartAndAMove) {
  World world(12);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(2s);
  const auto ice = world.control().restart_ice(bob.transport);
  ASSERT_TRUE(ice.has_value());
  world.carry_out();
  bob.client->use(*ice);
  world.run_for(4s);
  Tuple moved = bob.client->tuple();
  moved.remote.port = 50001;
  bob.client->move_to(moved);
  world.run_for(4s);
  const auto before = seen.sink->packets();
  world.run_for(1s);
  EXPECT_GT(seen.sink->packets(), before + 80);
}

TEST(Call, EverythingIsGivenBackWhenTheRoomEmpties) {
  World world(13);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish(alice);
  world.consume(bob, video.producer);
  world.run_for(3s);
  world.control().close_transport(alice.transport);
  world.control().close_transport(bob.transport);
  world.carry_out();
  world.run_for(1s);
  EXPECT_EQ(world.worker().transports(), 0U);
  EXPECT_EQ(world.worker().producers(), 0U);
  EXPECT_EQ(world.worker().consumers(), 0U);
  EXPECT_EQ(world.worker().tuples(), 0U);
  EXPECT_EQ(world.worker().packets_in_use(), 0U);
}

}  // namespace
}  // namespace consomme::sim
