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

}  // namespace
}  // namespace consomme::sim
