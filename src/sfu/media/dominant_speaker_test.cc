#include "sfu/media/dominant_speaker.h"

#include <map>

namespace consomme::media {
namespace {

constexpr ProducerId kAlice{1}, kBob{2}, kCarol{3};
constexpr std::uint8_t kSpeech = 30;  // -30 dBov
constexpr std::uint8_t kRoom = 72;    // the noise of a room
constexpr std::uint8_t kMuted = 127;

// Participants who send a packet every 20 ms, in virtual time; whom decide() named is kept.
class DominantSpeakerTest : public ::testing::Test {
 protected:
  DominantSpeakerTest() {
    for (const ProducerId id : {kAlice, kBob, kCarol}) levels_[id] = kRoom;
  }
  void run_for(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ += 20ms) {
      for (const auto& [id, level] : levels_) activities_[id].receive(now_, level);
      if (now_.time_since_epoch() % DominantSpeaker::kDecisionInterval == Duration::zero()) decide();
    }
  }
  void decide() {
    std::vector<Speaker> speakers;
    for (const auto& [id, level] : levels_) speakers.push_back({id, &activities_[id]});
    if (engine_.decide(now_, speakers)) changes_.push_back(engine_.dominant());
  }
  std::vector<std::optional<ProducerId>> changes() { return std::exchange(changes_, {}); }

  DominantSpeaker engine_;
  std::map<ProducerId, SpeechActivity> activities_;
  std::map<ProducerId, std::uint8_t> levels_;
  std::vector<std::optional<ProducerId>> changes_;
  Instant now_{1000s};
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(DominantSpeakerTest, IsNobodyWhileNobodySpeaks) {
  run_for(10s);
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_EQ(engine_.dominant(), std::nullopt);
}

TEST_F(DominantSpeakerTest, IsTheFirstWhoSpeaksWithin300Milliseconds) {
  run_for(2s);
  levels_[kBob] = kSpeech;
  run_for(300ms);
  EXPECT_THAT(changes(), ElementsAre(kBob));
}

TEST_F(DominantSpeakerTest, GoesToTheNextSpeakerWithinASecond) {
  levels_[kAlice] = kSpeech;
  run_for(5s);
  levels_[kAlice] = kRoom;
  levels_[kBob] = kSpeech;
  run_for(1s);
  EXPECT_THAT(changes(), ElementsAre(kAlice, kBob));
}

TEST_F(DominantSpeakerTest, IsNotTakenByACoughOrAKnock) {
  levels_[kAlice] = kSpeech;
  run_for(2s);
  levels_[kAlice] = kRoom;  // between two words
  levels_[kBob] = 5;
  run_for(160ms);
  levels_[kAlice] = kSpeech;
  levels_[kBob] = kRoom;
  run_for(2s);
  EXPECT_THAT(changes(), ElementsAre(kAlice));
}

TEST_F(DominantSpeakerTest, KeepsTheFloorWhileAnotherSpeaksInBetween) {
  levels_[kAlice] = kSpeech;
  run_for(2s);
  levels_[kBob] = kSpeech - 10;
  run_for(5s);
  EXPECT_THAT(changes(), ElementsAre(kAlice));
  levels_[kAlice] = kRoom;
  run_for(300ms);
  EXPECT_THAT(changes(), ElementsAre(kBob)) << "who goes on speaking has it at once";
}

TEST_F(DominantSpeakerTest, IsNobodyAfterThreeSecondsOfSilenceAndSaysSoOnce) {
  levels_[kCarol] = kSpeech;
  run_for(2s);
  levels_[kCarol] = kRoom;
  run_for(2900ms);
  EXPECT_THAT(changes(), ElementsAre(kCarol));
  run_for(10s);
  EXPECT_THAT(changes(), ElementsAre(std::nullopt));
  levels_[kCarol] = kSpeech;
  run_for(400ms);
  EXPECT_THAT(changes(), ElementsAre(kCarol));
}

TEST_F(DominantSpeakerTest, IsNobodyAtOnceWhenTheSpeakerHasGone) {
  levels_[kAlice] = kSpeech;
  run_for(2s);
  levels_.erase(kAlice);
  run_for(200ms);
  EXPECT_THAT(changes(), ElementsAre(kAlice, std::nullopt));
}

TEST_F(DominantSpeakerTest, IsNotLostAsSoonAsItWasTaken) {
  levels_ = {{kBob, kRoom}};
  const auto say = [this](std::uint8_t level, int packets) {
    for (; packets > 0; --packets) activities_[kBob].receive(now_ += 20ms, level);
  };
  say(kRoom, 50);
  decide();
  say(kSpeech, 3);  // between two decisions that are late
  say(kRoom, 4);
  say(kSpeech, 1);
  decide();
  EXPECT_THAT(changes(), ElementsAre(kBob));
  say(kRoom, 5);
  decide();
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(DominantSpeakerTest, TakesTheNoiseOfALoudRoomForNoise) {
  levels_[kAlice] = 48;  // a fan
  run_for(30s);
  changes();
  EXPECT_EQ(engine_.dominant(), std::nullopt);
  levels_[kBob] = kSpeech;
  run_for(500ms);
  EXPECT_THAT(changes(), ElementsAre(kBob));
}

TEST_F(DominantSpeakerTest, TakesMutedPacketsForNothing) {
  levels_[kAlice] = kMuted;
  run_for(10s);
  levels_[kAlice] = kSpeech;
  run_for(400ms);
  EXPECT_THAT(changes(), ElementsAre(kAlice));
  levels_[kAlice] = kMuted;
  run_for(4s);
  EXPECT_THAT(changes(), ElementsAre(std::nullopt));
}

TEST_F(DominantSpeakerTest, HearsSomebodyWhosePacketsAreOf60Milliseconds) {
  SpeechActivity slow;
  for (int i = 0; i < 20; ++i) slow.receive(now_ += 60ms, kSpeech);
  EXPECT_TRUE(slow.speaking(now_));
  const Speaker speaker{kAlice, &slow};
  EXPECT_TRUE(engine_.decide(now_, std::span(&speaker, 1)));
}

}  // namespace
}  // namespace consomme::media
