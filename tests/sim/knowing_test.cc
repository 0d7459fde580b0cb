// What the server finds out by watching the media: who is muted without having told, who speaks, how well all of it
// arrives, and the figures behind that.
#include <map>

#include "tests/sim/microphone.h"

namespace consomme::sim {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Pair;

constexpr LinkConfig kNear{.delay = 10ms, .loss = 0};
constexpr std::uint8_t kSpeech = 30;
constexpr std::uint8_t kRoom = 80;
constexpr std::uint8_t kSilence = 127;

class Knowing : public ::testing::Test {
 protected:
  Member& join(const LinkConfig& up = kNear, const LinkConfig& down = kNear) {
    Member& member = world_.join(up, down);
    EXPECT_TRUE(world_.run_until([&] { return member.client->connected(); }));
    return member;
  }
  Microphone& microphone(Member& member) {
    return *microphones_.emplace_back(std::make_unique<Microphone>(world_, member, next_ssrc_++));
  }
  // All microphones send, each at its level, for a while.
  void sound(const std::vector<std::pair<Microphone*, std::uint8_t>>& levels, Duration span) {
    for (Duration passed{}; passed < span; passed += Microphone::kPacket) {
      for (const auto& [microphone, level] : levels) microphone->send(level);
      world_.run_for(Microphone::kPacket);
    }
  }
  // Events of one kind since the last call of it; the others are kept.
  template <class Event>
  std::vector<Event> take() {
    for (sfu::Event& event : world_.take_events()) events_.push_back(std::move(event));
    std::vector<Event> found;
    for (const sfu::Event& event : events_)
      if (const auto* const wanted = std::get_if<Event>(&event)) found.push_back(*wanted);
    std::erase_if(events_, [](const sfu::Event& event) { return std::holds_alternative<Event>(event); });
    return found;
  }
  std::vector<std::pair<ProducerId, bool>> silences() {
    std::vector<std::pair<ProducerId, bool>> found;
    for (const auto& event : take<sfu::ProducerSilent>()) found.emplace_back(event.producer, event.silent);
    return found;
  }
  std::vector<std::optional<ProducerId>> speakers() {
    std::vector<std::optional<ProducerId>> found;
    for (const auto& event : take<sfu::SpeakerChanged>()) found.push_back(event.speaker);
    return found;
  }
  std::vector<sfu::StatsReady> wait_for_stats() {
    std::vector<sfu::StatsReady> answers;
    EXPECT_TRUE(world_.run_until([&] { return !(answers = take<sfu::StatsReady>()).empty(); }));
    EXPECT_EQ(answers.size(), 1U);
    return answers;
  }
  template <class Stats>
  Stats stats_of(const sfu::StatsSubject& subject) {
    const auto token = world_.control().request_stats(subject);
    EXPECT_TRUE(token.has_value());
    world_.carry_out();
    const auto answers = wait_for_stats();
    EXPECT_EQ(answers.at(0).token, *token);
    return std::get<Stats>(answers.at(0).stats);
  }

  World world_{1};
  std::vector<std::unique_ptr<Microphone>> microphones_;
  std::uint32_t next_ssrc_ = 70'000;
  std::vector<sfu::Event> events_;
};

using Silence = Knowing;

TEST_F(Silence, OfADisabledTrackIsNoticedAfterTwoSecondsAndEndsWithTheFirstSound) {
  Microphone& alice = microphone(join());
  sound({{&alice, kSpeech}}, 3s);
  sound({{&alice, kSilence}}, 1940ms);
  EXPECT_THAT(silences(), IsEmpty());
  sound({{&alice, kSilence}}, 5s);
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), true)));
  sound({{&alice, kRoom}}, 20ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), false)));
}

TEST_F(Silence, OfATrackThatSendsNothingMoreIsNoticed) {
  Microphone& alice = microphone(join());
  sound({{&alice, kRoom}}, 3s);
  world_.run_for(1900ms);
  EXPECT_THAT(silences(), IsEmpty());
  world_.run_for(200ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), true)));
}

TEST_F(Silence, IsNotThePauseOfAStreamWithComfortNoise) {
  Microphone& alice = microphone(join());
  for (int i = 0; i < 30; ++i) {
    alice.send(90);
    world_.run_for(400ms);
  }
  EXPECT_THAT(silences(), IsEmpty());
}

TEST_F(Silence, IsNoticedOfAProducerThatNeverSentOnceItsTransportIsUp) {
  Member& member = world_.join(LinkConfig{.delay = 500ms}, LinkConfig{.delay = 500ms});
  Microphone& alice = microphone(member);
  ASSERT_TRUE(world_.run_until([&] { return member.client->connected(); }));
  world_.run_for(1400ms);  // the server is up with the client's last flight, half a second later
  EXPECT_THAT(silences(), IsEmpty());
  world_.run_for(1200ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), true)));
}

TEST_F(Silence, IsNoticedOfAProducerThatNeverSentOnATransportThatWasUpBefore) {
  Microphone& alice = microphone(join());
  world_.run_for(1990ms);
  EXPECT_THAT(silences(), IsEmpty());
  world_.run_for(20ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), true)));
}

TEST_F(Silence, IsNotBrokenByPadding) {
  Microphone& alice = microphone(join());
  sound({{&alice, kRoom}}, 1s);
  for (int i = 0; i < 110; ++i) {
    alice.send(kRoom, 0);
    world_.run_for(20ms);
  }
  EXPECT_THAT(silences(), ElementsAre(Pair(alice.producer(), true)));
}

TEST_F(Silence, OfACameraIsNoticedAndEndsWithTheFirstPacket) {
  Member& member = join();
  const auto video = world_.publish(member);
  world_.run_for(3s);
  EXPECT_THAT(silences(), IsEmpty());
  video.source->stop();
  world_.run_for(2100ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(video.producer, true)));
  video.source->start(world_.now());
  world_.run_for(11ms);
  EXPECT_THAT(silences(), ElementsAre(Pair(video.producer, false)));
  world_.run_for(10s);
  EXPECT_THAT(silences(), IsEmpty());
}

TEST_F(Silence, IsNoticedAgainEachTime) {
  Microphone& alice = microphone(join());
  for (int i = 0; i < 3; ++i) {
    sound({{&alice, kRoom}}, 1s);
    sound({{&alice, kSilence}}, 2100ms);
  }
  EXPECT_EQ(silences().size(), 5U);
}

using Speaking = Knowing;

TEST_F(Speaking, IsToldOfTheOneWhoDoesAndOfTheNext) {
  Microphone& alice = microphone(join());
  Microphone& bob = microphone(join());
  sound({{&alice, kRoom}, {&bob, kRoom}}, 3s);
  EXPECT_THAT(speakers(), IsEmpty());
  sound({{&alice, kSpeech}, {&bob, kRoom}}, 400ms);
  EXPECT_THAT(speakers(), ElementsAre(alice.producer()));
  sound({{&alice, kSpeech}, {&bob, kRoom}}, 5s);
  EXPECT_THAT(speakers(), IsEmpty());
  sound({{&alice, kRoom}, {&bob, kSpeech}}, 1s);
  EXPECT_THAT(speakers(), ElementsAre(bob.producer()));
  sound({{&alice, kRoom}, {&bob, kRoom}}, 4s);
  EXPECT_THAT(speakers(), ElementsAre(std::nullopt));
}

TEST_F(Speaking, GoesOnOverALossyLinkWithJitter) {
  Microphone& alice = microphone(join({.delay = 60ms, .loss = 0.1}));
  Microphone& bob = microphone(join());
  sound({{&alice, kSpeech}, {&bob, kRoom}}, 10s);
  EXPECT_THAT(speakers(), ElementsAre(alice.producer()));
}

TEST_F(Speaking, EndsWithTheSpeaker) {
  Member& leaver = join();
  Microphone& alice = microphone(leaver);
  Microphone& bob = microphone(join());
  sound({{&alice, kSpeech}, {&bob, kRoom}}, 1s);
  speakers();
  world_.control().close_transport(leaver.transport);
  world_.carry_out();
  sound({{&bob, kRoom}}, 200ms);
  EXPECT_THAT(speakers(), ElementsAre(std::nullopt));
}

TEST_F(Speaking, EndsWithTheLastMicrophoneOfTheRoomToo) {
  Microphone& alice = microphone(join());
  sound({{&alice, kSpeech}}, 1s);
  EXPECT_THAT(speakers(), ElementsAre(alice.producer()));
  world_.control().close_producer(alice.producer());
  world_.carry_out();
  world_.run_for(10ms);
  EXPECT_THAT(speakers(), ElementsAre(std::nullopt));
}

TEST_F(Speaking, IsNotSomebodyWhoseProducerIsPaused) {
  Microphone& alice = microphone(join());
  world_.control().pause_producer(alice.producer(), true);
  world_.carry_out();
  sound({{&alice, kSpeech}}, 3s);
  EXPECT_THAT(speakers(), IsEmpty());
}

using Scores = Knowing;

TEST_F(Scores, ArePerfectOnAGoodLinkAndToldOnce) {
  const auto video = world_.publish(join());
  const auto seen = world_.consume(join(), video.producer);
  world_.run_for(10s);
  const auto produced = take<sfu::ProducerScored>();
  ASSERT_EQ(produced.size(), 1U);
  EXPECT_EQ(produced[0].producer, video.producer);
  EXPECT_EQ(produced[0].score, 10);
  EXPECT_THAT(produced[0].encodings, ElementsAre(10));
  const auto consumed = take<sfu::ConsumerScored>();
  ASSERT_FALSE(consumed.empty());
  EXPECT_LE(consumed.size(), 2U) << "its source may have been assessed a moment later";
  EXPECT_EQ(consumed.back().consumer, seen.consumer);
  EXPECT_EQ(consumed.back().score, 10);
  EXPECT_EQ(consumed.back().producer_score, 10);
}

TEST_F(Scores, FallWithLossThatIsNotRepairedAndAreToldOnceASecondAtMost) {
  Microphone& alice = microphone(join({.delay = 10ms, .loss = 0.2}));
  sound({{&alice, kRoom}}, 20s);
  const auto scores = take<sfu::ProducerScored>();
  ASSERT_FALSE(scores.empty());
  EXPECT_LE(scores.size(), 20U);
  EXPECT_GE(scores.back().score, 1);
  EXPECT_LE(scores.back().score, 8);
}

TEST_F(Scores, OfAConsumerBehindALossyLinkAreLowerThanOfOneWithout) {
  const auto video = world_.publish(join());
  const ConsumerId well = world_.consume(join(), video.producer).consumer;
  const ConsumerId ill = world_.consume(join(kNear, {.delay = 10ms, .loss = 0.1}), video.producer).consumer;
  world_.run_for(20s);
  std::map<ConsumerId, media::Score> last;
  for (const sfu::ConsumerScored& told : take<sfu::ConsumerScored>()) last[told.consumer] = told.score;
  EXPECT_EQ(last[well], 10);
  EXPECT_LT(last[ill], 10);
  EXPECT_GE(last[ill], 1);
}

TEST_F(Scores, AreZeroWhenTheSourceSendsNothing) {
  const auto video = world_.publish(join());
  world_.consume(join(), video.producer);
  world_.run_for(3s);
  video.source->stop();
  world_.run_for(5s);
  EXPECT_EQ(take<sfu::ProducerScored>().back().score, 0);
  const auto consumed = take<sfu::ConsumerScored>();
  EXPECT_EQ(consumed.back().score, 0);
  EXPECT_EQ(consumed.back().producer_score, 0);
}

using Figures = Knowing;

TEST_F(Figures, OfAProducerCountWhatCame) {
  const auto video = world_.publish(join());
  world_.run_for(5s);
  video.source->stop();
  world_.run_for(100ms);
  const auto stats = stats_of<ortc::ProducerStats>(video.producer);
  EXPECT_EQ(stats.kind, ortc::MediaKind::kVideo);
  EXPECT_EQ(stats.mime_type, "video/VP8");
  EXPECT_EQ(stats.score, 10);
  ASSERT_EQ(stats.encodings.size(), 1U);
  const ortc::InboundRtpStats& encoding = stats.encodings[0];
  EXPECT_EQ(encoding.ssrc, video.source->config().ssrc);
  EXPECT_EQ(encoding.packets_received, video.source->packets());
  EXPECT_GT(encoding.bytes_received, encoding.packets_received * 900);
  EXPECT_EQ(encoding.packets_lost, 0);
  EXPECT_EQ(encoding.frames_received, video.source->packets() / 4);
  EXPECT_EQ(encoding.freeze_count, 0U);
  EXPECT_GT(encoding.bitrate.value(), 500'000);
  ASSERT_EQ(encoding.bitrate_by_layer.size(), 1U);
  ASSERT_TRUE(encoding.round_trip_time.has_value());
  EXPECT_NEAR(static_cast<double>(*encoding.round_trip_time / 1us), 20'000, 2000);
}

constexpr LayeredVideo kLayeredVp9{.name = "VP9_L3T3", .mime_type = "video/VP9", .frame_bytes = {700, 1400, 4200}};
constexpr LayeredVideo kSimulcast{
    .name = "simulcast", .mime_type = "video/VP8", .frame_bytes = {700, 2100, 6300}, .simulcast = true};

// Of three temporal layers 40, 20 and 40 % of the rate (media::test::kTemporalTenths), at a picture each 33 ms; RTP
// headers come on top.
void expect_rates(const ortc::InboundRtpStats& encoding, const std::vector<int>& frame_bytes) {
  ASSERT_EQ(encoding.bitrate_by_layer.size(), 3 * frame_bytes.size());
  std::size_t at = 0;
  double bytes = 0;
  for (const int each : frame_bytes) {
    bytes += each;
    for (const double share : {0.4, 0.6, 1.0}) {
      const ortc::LayerBitrate& layer = encoding.bitrate_by_layer[at];
      EXPECT_EQ(layer.spatial, at / 3);
      EXPECT_EQ(layer.temporal, at % 3);
      EXPECT_NEAR(static_cast<double>(layer.bitrate.value()), bytes * 8 / 0.033 * share * 1.04,
                  bytes * 8 / 0.033 * 0.06);
      ++at;
    }
  }
}

TEST_F(Figures, OfASpatialLayerCountThoseBelowIt) {
  const auto video = world_.publish_layers(join(), kLayeredVp9);
  world_.run_for(15s);
  const auto stats = stats_of<ortc::ProducerStats>(video.producer);
  ASSERT_EQ(stats.encodings.size(), 1U);
  expect_rates(stats.encodings[0], {700, 1400, 4200});
}

TEST_F(Figures, OfAnEncodingCountNoOther) {
  const auto video = world_.publish_layers(join(), kSimulcast);
  world_.run_for(15s);
  const auto stats = stats_of<ortc::ProducerStats>(video.producer);
  ASSERT_EQ(stats.encodings.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) expect_rates(stats.encodings[i], {kSimulcast.frame_bytes[i]});
}

TEST_F(Figures, OfLayersThatDoNotComeAreLeftOut) {
  const auto video = world_.publish_layers(join(), kSimulcast);
  world_.run_for(5s);
  video.sources[2]->stop();
  world_.run_for(2s);
  const auto stats = stats_of<ortc::ProducerStats>(video.producer);
  EXPECT_EQ(stats.encodings.at(1).bitrate_by_layer.size(), 3U);
  EXPECT_THAT(stats.encodings.at(2).bitrate_by_layer, IsEmpty());
}

TEST_F(Figures, CountLossesRepairsAndWhatWasAskedFor) {
  const auto video = world_.publish(join({.delay = 10ms, .loss = 0.05}));
  world_.consume(join(), video.producer);
  world_.run_for(20s);
  const auto encoding = stats_of<ortc::ProducerStats>(video.producer).encodings.at(0);
  EXPECT_GT(encoding.packets_lost, 20);
  EXPECT_GT(encoding.retransmitted_packets_received, 20U);
  EXPECT_GT(encoding.nack_count, 20U);
  EXPECT_GE(encoding.pli_count, 1U) << "the consumer began with a key frame";
  EXPECT_EQ(encoding.fir_count, 0U);
}

TEST_F(Figures, CountAFreeze) {
  const auto video = world_.publish(join());
  world_.run_for(5s);
  video.source->stop();
  world_.run_for(1s);
  video.source->start(world_.now());
  world_.run_for(2s);
  const auto encoding = stats_of<ortc::ProducerStats>(video.producer).encodings.at(0);
  EXPECT_EQ(encoding.freeze_count, 1U);
  EXPECT_NEAR(static_cast<double>(encoding.total_freezes_duration / 1ms), 1000, 50);
}

TEST_F(Figures, OfAConsumerCountWhatWasSentAndWhatItsReceiverSays) {
  const auto video = world_.publish(join());
  Member& bob = join(kNear, {.delay = 10ms, .loss = 0.05});
  const auto seen = world_.consume(bob, video.producer);
  world_.run_for(20s);
  const auto stats = stats_of<ortc::ConsumerStats>(seen.consumer);
  EXPECT_EQ(stats.mime_type, "video/VP8");
  EXPECT_EQ(stats.ssrc, seen.sink->config().ssrc);
  EXPECT_GT(stats.packets_sent, 2000U);
  EXPECT_GT(stats.bytes_sent, stats.packets_sent * 900);
  EXPECT_GT(stats.retransmitted_packets_sent, 20U);
  EXPECT_GT(stats.nack_count, 20U);
  EXPECT_GT(stats.bitrate.value(), 500'000);
  ASSERT_TRUE(stats.remote && stats.remote->round_trip_time);
  EXPECT_NEAR(static_cast<double>(*stats.remote->round_trip_time / 1us), 20'000, 2000);
  const std::uint64_t measured = stats.remote->round_trip_time_measurements;
  EXPECT_THAT(measured, AllOf(Ge(10U), Le(20U))) << "by the reports of twenty seconds";
  EXPECT_NEAR(static_cast<double>(stats.remote->total_round_trip_time / 1us) / static_cast<double>(measured), 20'000,
              2000);
  EXPECT_LE(world_.now() - stats.remote->received, 1s);
}

TEST_F(Figures, OfAProducerSayWhatItsSenderHasReported) {
  const auto video = world_.publish(join({.delay = 10ms, .loss = 0.05}));
  world_.run_for(20s);
  const auto stats = stats_of<ortc::ProducerStats>(video.producer);
  const ortc::InboundRtpStats& encoding = stats.encodings.at(0);
  ASSERT_TRUE(encoding.remote && encoding.remote->remote_timestamp);
  EXPECT_THAT(encoding.remote->reports_sent, AllOf(Ge(15U), Le(20U)));
  EXPECT_LE(encoding.remote->packets_sent, video.source->packets());
  EXPECT_GT(encoding.remote->packets_sent, video.source->packets() - 200) << "those of the last second at most";
  EXPECT_NEAR(static_cast<double>((*encoding.remote->remote_timestamp - encoding.remote->received) / 1s), 3.0 * 3600, 1)
      << "by its own clock";
}

TEST_F(Figures, OfAConsumerWhoseReceiverHasSaidNothingSayNothingForIt) {
  const auto video = world_.publish(join());
  Member& bob = join();
  world_.run_for(5s);
  const auto seen = world_.consume(bob, video.producer);
  world_.run_for(50ms);
  const auto stats = stats_of<ortc::ConsumerStats>(seen.consumer);
  EXPECT_FALSE(stats.remote.has_value());
  EXPECT_FALSE(stats.score.has_value());
  EXPECT_FALSE(stats.producer_score.has_value());
}

TEST_F(Figures, OfATransportSayWhereItGoes) {
  Member& alice = join();
  world_.publish(alice);
  world_.run_for(3s);
  const auto stats = stats_of<ortc::TransportStats>(alice.transport);
  EXPECT_EQ(stats.ice_state, ortc::IceState::kCompleted);
  EXPECT_EQ(stats.dtls_state, ortc::DtlsState::kConnected);
  EXPECT_EQ(stats.selected, alice.client->tuple());
  EXPECT_GT(stats.packets_received, 300U);
  EXPECT_GT(stats.bytes_received, 300'000U);
  EXPECT_GT(stats.packets_sent, 10U);
  EXPECT_EQ(stats.available_outgoing_bitrate, std::nullopt) << "no media goes there";
}

TEST_F(Figures, OfATransportThatOnlyReceivesFollowItsRoundTrip) {
  const auto video = world_.publish(join());
  Member& bob = join();
  world_.consume(bob, video.producer);
  world_.run_for(5s);
  bob.up.config().delay = bob.down.config().delay = 60ms;
  world_.run_for(10s);
  const auto stats = stats_of<ortc::TransportStats>(bob.transport);
  ASSERT_TRUE(stats.current_round_trip_time.has_value());
  EXPECT_NEAR(static_cast<double>(*stats.current_round_trip_time / 1us), 120'000, 5000);
}

TEST_F(Figures, OfAPausedConsumerSayThatNothingIsSent) {
  const auto video = world_.publish(join());
  const auto seen = world_.consume(join(), video.producer);
  world_.run_for(5s);
  EXPECT_GT(stats_of<ortc::ConsumerStats>(seen.consumer).bitrate.value(), 500'000);
  world_.control().pause_consumer(seen.consumer, true);
  world_.run_for(100ms);
  EXPECT_EQ(stats_of<ortc::ConsumerStats>(seen.consumer).bitrate, Bitrate());
}

TEST_F(Figures, AreAnsweredEvenWhenTheSubjectEndsMeanwhile) {
  const auto video = world_.publish(join());
  const auto token = world_.control().request_stats(video.producer);
  world_.control().close_producer(video.producer);
  world_.carry_out();
  const auto answers = wait_for_stats();
  EXPECT_EQ(answers[0].token, *token);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(answers[0].stats));
  EXPECT_EQ(world_.control().request_stats(video.producer).error().text, "Producer not found");
}

}  // namespace
}  // namespace consomme::sim
