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

// Bob sees what Alice sends in three encodings, of which the larger take longer to encode.
struct Switching {
  explicit Switching(std::uint64_t seed, const LinkConfig& down = kNear) : world(seed), bob(world.join(kNear, down)) {}

  // What came last: when it was captured, and what its timestamp says of that.
  struct Shown {
    std::uint64_t encoding = 0;
    Instant captured;
    RtpTimestamp timestamp;
  };
  Shown last() const {
    const auto& [number, arrival] =
        *std::ranges::max_element(seen.sink->arrivals(), {}, [](const auto& entry) { return entry.second.at; });
    const std::uint64_t encoding = number / World::kNumbersPerSource;
    return {encoding, video.sources[encoding]->captured_at(number), arrival.timestamp};
  }
  bool shows(std::uint64_t encoding, Duration patience = 10s) {
    return world.run_until([&] { return !seen.sink->arrivals().empty() && last().encoding == encoding; }, patience);
  }
  // By how much later a picture is shown now than one before, than it was captured later.
  Duration moved(const Shown& before) const {
    const Shown now = last();
    const Duration shown = distance(before.timestamp, now.timestamp) * 1'000'000'000ns / 90'000;
    return std::chrono::abs(shown - (now.captured - before.captured));
  }
  // By how much the receiver takes it to be captured later than it was.
  Duration error() const {
    const Shown now = last();
    return seen.sink->captured_at(now.timestamp, 90'000) - now.captured;
  }
  void prefer(std::uint8_t spatial) {
    world.control().set_preferred_layers(seen.consumer, spatial, std::nullopt);
    world.carry_out();
  }

  World world;
  Member& alice = world.join(kNear, kNear);
  Member& bob;
  const World::PublishedLayers video = world.publish_simulcast(alice, 3);
  const World::Consumed seen = world.consume(bob, video.producer);
};

TEST(LipSync, ASwitchDownMovesNoPictureInTime) {
  Switching call(33);
  call.world.run_for(4s);
  const auto before = call.last();
  ASSERT_EQ(before.encoding, 2U);
  call.video.sources[2]->stop();
  call.world.run_for(4s);
  ASSERT_EQ(call.last().encoding, 1U);
  EXPECT_LT(call.moved(before), kUnnoticed);
}

// A picture that is older than what was shown last, for it took longer to encode, is shown right behind it. The next
// report says when it and those behind it were captured.
TEST(LipSync, ASwitchUpMovesPicturesByNoMoreThanTheirEncodingUntilTheNextReport) {
  Switching call(35);
  call.prefer(0);
  call.world.run_for(4s);
  const Duration usual = call.error();
  for (const std::uint8_t encoding : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto before = call.last();
    ASSERT_EQ(before.encoding, encoding - 1U);
    call.prefer(encoding);
    ASSERT_TRUE(call.shows(encoding));
    EXPECT_LT(call.moved(before), 20ms + kUnnoticed) << int{encoding};
    call.world.run_for(2s);
    EXPECT_LT(std::chrono::abs(call.error() - usual), kUnnoticed) << int{encoding};
  }
}

TEST(LipSync, ASwitchByBandwidthDoesNotEither) {
  Switching call(36, {.delay = 10ms, .rate = Bitrate(5'000'000)});
  ASSERT_TRUE(call.shows(2));
  call.world.run_for(4s);
  const Duration usual = call.error();
  for (const auto& [kbps, encoding] : {std::pair(400, 0U), std::pair(5000, 2U)}) {
    const auto before = call.last();
    call.bob.down.config().rate = Bitrate(kbps * 1000);
    ASSERT_TRUE(call.shows(encoding, 20s)) << kbps;
    EXPECT_LT(call.moved(before), 40ms + kUnnoticed) << kbps;
    call.world.run_for(2s);
    EXPECT_LT(std::chrono::abs(call.error() - usual), kUnnoticed) << kbps;
  }
}

// Nothing tells yet what the timestamps of the one mean in those of the other: what comes together is taken to be
// captured together. What the first report says is believed.
TEST(LipSync, ASwitchBeforeTheFirstSenderReportDoesNotEither) {
  Switching call(37);
  call.video.sources[1]->stop();
  call.video.sources[2]->stop();
  call.world.run_for(4s);
  const Duration usual = call.error();
  const auto before = call.last();
  ASSERT_EQ(before.encoding, 0U);
  call.video.sources[2]->start(call.world.now());
  ASSERT_TRUE(call.shows(2, 800ms));
  EXPECT_LT(call.moved(before), 40ms + kUnnoticed);
  call.world.run_for(4s);
  EXPECT_LT(std::chrono::abs(call.error() - usual), kUnnoticed);
}

}  // namespace
}  // namespace consomme::sim
