// Opus as it comes is Opus as it goes: nothing that its encoder does is lost on the way (RFC 7587).
#include "tests/sim/microphone.h"

namespace consomme::sim {
namespace {

constexpr LinkConfig kNear{.delay = 10ms, .loss = 0};
constexpr std::uint8_t kSpeech = 30;

struct Call {
  explicit Call(std::string_view mime_type) : microphone(world, alice, 70'000, mime_type) {
    world.run_until([&] { return alice.client->connected() && bob.client->connected(); });
  }
  void speak(int packets) {
    for (int i = 0; i < packets; ++i) {
      microphone.send(kSpeech);
      world.run_for(Microphone::kPacket);
    }
  }
  void hear_the_rest() { world.run_for(100ms); }

  World world{41};
  Member& alice = world.join(kNear, kNear);
  Member& bob = world.join(kNear, kNear);
  Microphone microphone;
  const Sink& heard = *world.consume(bob, microphone.producer()).sink;
};

// Someone speaks for a minute to one who takes redundant audio and to one who does not.
struct Speech {
  static constexpr int kPackets = 60 * 50;

  Speech(const LinkConfig& up, const LinkConfig& down, bool sends_red, std::size_t payload_bytes = 60)
      : alice(world.join(up, kNear)), bob(world.join(kNear, down)), carol(world.join(kNear, down)) {
    if (sends_red) alice.client->take_red();
    bob.client->take_red();
    world.run_until([&] { return alice.client->connected() && bob.client->connected() && carol.client->connected(); });
    Microphone microphone(world, alice, 70'000);
    with_red = world.consume(bob, microphone.producer()).sink;
    without = world.consume(carol, microphone.producer()).sink;
    for (int i = 0; i < kPackets; ++i) {
      microphone.send(kSpeech, payload_bytes);
      world.run_for(Microphone::kPacket);
      if (i == kPackets / 2) redundant_by_half = with_red->redundant();
      if (i > kPackets / 2) longest_queue = std::max(longest_queue, bob.down.backlog(world.now()));
    }
    world.run_for(100ms);
  }
  static double share_heard(const Sink& sink) { return static_cast<double>(sink.heard().size()) / kPackets; }

  World world{43};
  Member& alice;
  Member& bob;
  Member& carol;
  const Sink* with_red = nullptr;
  const Sink* without = nullptr;
  std::uint64_t redundant_by_half = 0;
  Duration longest_queue{};  // in the second half
};

constexpr LinkConfig kLosesATwentieth{.delay = 10ms, .loss = 0.05};

// In silence an encoder sends one packet in 400 ms, with next to nothing in it (RFC 6716 §2.1.9).
TEST(Opus, SilenceThatIsNotSentIsAsLongAtTheReceiver) {
  constexpr Duration kUpdate = 400ms;
  Call call("audio/opus");
  std::vector<std::uint32_t> steps;
  for (int round = 0; round < 5; ++round) {
    call.speak(25);
    steps.insert(steps.end(), 25, 960);
    for (int update = 0; update < 4; ++update) {
      call.microphone.send(127, 1);
      call.microphone.rest(kUpdate - Microphone::kPacket);
      call.world.run_for(kUpdate);
      steps.push_back(update == 0 ? 960 : 19'200);
    }
    call.speak(1);
    steps.push_back(19'200);
  }
  call.hear_the_rest();
  const std::vector<std::uint32_t>& timestamps = call.heard.timestamps();
  ASSERT_EQ(timestamps.size(), steps.size());
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_EQ(timestamps[i] - timestamps[i - 1], steps[i]) << i;
  EXPECT_EQ(call.heard.missing(), 0U);
}

TEST(Opus, OfMoreChannelsThanTwoGoesThrough) {
  Call call("audio/multiopus");
  call.speak(50);
  call.hear_the_rest();
  EXPECT_EQ(call.heard.config().codec, wire::Codec::kMultiopus);
  EXPECT_EQ(call.heard.packets(), 50U);
  EXPECT_EQ(call.heard.missing(), 0U);
}

// Two losses in a row remain, and those before the first report.
TEST(Red, RepairsWhatTheLinkToAReceiverLoses) {
  const Speech speech(kNear, kLosesATwentieth, false);
  EXPECT_GE(Speech::share_heard(*speech.with_red), 0.99);
  EXPECT_LT(Speech::share_heard(*speech.without), 0.96);
  EXPECT_EQ(speech.without->redundant(), 0U);
}

TEST(Red, IsNotSentWhereNothingGetsLost) {
  const Speech speech(kNear, kNear, false);
  EXPECT_EQ(speech.with_red->redundant(), 0U);
  EXPECT_EQ(Speech::share_heard(*speech.with_red), 1.0);
}

TEST(Red, OfASenderReachesWhoTakesItAndItsSoundWhoDoesNot) {
  const Speech speech(kLosesATwentieth, kNear, true);
  EXPECT_GE(Speech::share_heard(*speech.with_red), 0.99);
  EXPECT_GT(Speech::share_heard(*speech.without), 0.9);
  EXPECT_LT(Speech::share_heard(*speech.without), 0.96);
  EXPECT_EQ(speech.with_red->packets(), speech.without->packets());
}

TEST(Red, IsNotSentForWhatIsLostOnTheWayUp) {
  const Speech speech(kLosesATwentieth, kNear, false);
  EXPECT_EQ(speech.with_red->redundant(), 0U);
}

// Of a receiver of nothing else the estimate takes so many losses for a full link.
TEST(Red, RepairsWhatALinkLosesThatLosesMuch) {
  for (const auto& [loss, least] : {std::pair(0.1, 0.98), std::pair(0.2, 0.93), std::pair(0.25, 0.9)}) {
    const Speech speech(kNear, {.delay = 10ms, .loss = loss}, false);
    EXPECT_GE(Speech::share_heard(*speech.with_red), least) << loss;
  }
}

// More sound than half of what is believed of a link of which nothing is known.
TEST(Red, RepairsWhatTenSpeakersSay) {
  World world{44};
  Member& listener = world.join(kNear, kLosesATwentieth);
  listener.client->take_red();
  std::vector<Microphone> microphones;
  std::vector<const Sink*> sinks;
  for (std::uint32_t i = 0; i < 10; ++i) {
    Member& speaker = world.join(kNear, kNear);
    world.run_until([&] { return speaker.client->connected() && listener.client->connected(); });
    microphones.emplace_back(world, speaker, 70'000 + i);
    sinks.push_back(world.consume(listener, microphones.back().producer()).sink);
  }
  constexpr int kPackets = 30 * 50;
  for (int i = 0; i < kPackets; ++i) {
    for (Microphone& microphone : microphones) microphone.send(kSpeech, 80);
    world.run_for(Microphone::kPacket);
  }
  world.run_for(100ms);
  for (const Sink* const sink : sinks) EXPECT_GE(static_cast<double>(sink->heard().size()) / kPackets, 0.985);
}

// To say twice what does not fit once would lose more of it.
TEST(Red, DoesNotFillALinkThatIsFull) {
  const LinkConfig narrow{.delay = 10ms, .loss = 0.05, .rate = Bitrate(80'000), .queue = 300ms};
  const Speech speech(kNear, narrow, false, 100);
  EXPECT_GT(speech.redundant_by_half, 0U) << "it is tried";
  EXPECT_EQ(speech.with_red->redundant(), speech.redundant_by_half) << "and given up";
  EXPECT_GT(Speech::share_heard(*speech.with_red), 0.93);
  EXPECT_LE(speech.longest_queue, 60ms);
}

}  // namespace
}  // namespace consomme::sim
