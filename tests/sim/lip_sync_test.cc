// Picture and sound of one sender belong together: what a receiver reads out of our sender reports puts them as far
// apart as they were captured, although a picture takes long to encode and sound does not.
#include "tests/sim/world.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kNear{.delay = 10ms, .loss = 0};
constexpr Duration kUnnoticed = 5ms;

// By how much the receiver takes the newest packet to be captured later than it was.
Duration error_of(const Sink& sink, const Source& source) {
  const auto& [number, arrival] = *sink.arrivals().rbegin();
  return sink.captured_at(arrival.timestamp, source.config().clock_rate) - source.captured_at(number);
}

// Bob sees and hears Alice.
struct Call {
  explicit Call(std::uint64_t seed) : world(seed) {}

  Duration apart() const {
    return std::chrono::abs(error_of(*seen.sink, *video.source) - error_of(*heard.sink, *audio.source));
  }

  World world;
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const World::Published video = world.publish(alice, true, 150ms);
  const World::Published audio = world.publish(alice, false, 5ms);
  const World::Consumed seen = world.consume(bob, video.producer);
  const World::Consumed heard = world.consume(bob, audio.producer);
};

TEST(LipSync, SoundAndPictureStayAsFarApartAsTheyWereCaptured) {
  Call call(31);
  call.world.run_for(4s);
  for (int second = 0; second < 20; ++second) {
    call.world.run_for(1s);
    ASSERT_LT(call.apart(), kUnnoticed) << second;
  }
}

TEST(LipSync, SurvivesPausesOfThePicture) {
  Call call(32);
  const auto pause = [&](bool paused) {
    call.world.control().pause_consumer(call.seen.consumer, paused);
    call.world.carry_out();
  };
  for (int i = 0; i < 5; ++i) {
    call.world.run_for(4s);
    pause(true);
    call.world.run_for(700ms);
    pause(false);
    call.world.run_for(2s);
    ASSERT_LT(call.apart(), kUnnoticed) << i;
  }
}

TEST(LipSync, SurvivesAQueueInFrontOfTheServer) {
  Call call(34);
  call.world.run_for(12s);
  for (const Duration delay : {500ms, 1500ms, 10ms}) {
    call.alice.up.config().delay = delay;
    call.world.run_for(2s);
    for (int i = 0; i < 60; ++i) {
      call.world.run_for(100ms);
      ASSERT_LT(call.apart(), kUnnoticed) << delay / 1ms << " ms, " << i;
    }
  }
}

TEST(LipSync, ASwitchBetweenLayersMovesNoPictureInTime) {
  World world(33);
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  const auto video = world.publish_simulcast(alice, 3);
  const auto seen = world.consume(bob, video.producer);
  world.run_for(4s);
  const RtpTimestamp before = seen.sink->arrivals().rbegin()->second.timestamp;
  const Instant captured_before = video.sources[2]->captured_at(seen.sink->arrivals().rbegin()->first);
  video.sources[2]->stop();
  world.run_for(4s);
  const auto& [number, arrival] =
      *std::ranges::max_element(seen.sink->arrivals(), {}, [](const auto& entry) { return entry.second.at; });
  const Duration shown = distance(before, arrival.timestamp) * 1'000'000'000ns / 90'000;
  const Duration was = video.sources[1]->captured_at(number) - captured_before;
  EXPECT_LT(std::chrono::abs(shown - was), kUnnoticed);
}

}  // namespace
}  // namespace consomme::sim
