#include "sfu/router/router.h"

namespace consomme::router {
namespace {

constexpr Instant kStart{1'000s};
constexpr PathHandle kSender{1, 0};
constexpr PathHandle kReceiver{2, 0};
constexpr ProducerId kCamera{1};

ProducerSetup camera(std::size_t encodings = 1) {
  ProducerSetup setup;
  setup.producer = kCamera;
  setup.video = true;
  setup.payloads = {{PayloadType(96), PayloadType(101), wire::Codec::kVp8, 90000, {}},
                    {PayloadType(97), PayloadType(102), wire::Codec::kRtx, 90000, PayloadType(96)}};
  for (std::size_t i = 0; i < encodings; ++i)
    setup.streams.push_back({Ssrc(static_cast<std::uint32_t>(10 + i)), {}, ""});
  setup.nack = true;
  setup.pli = true;
  return setup;
}

ConsumerSetup viewer(std::uint64_t id, bool paused = false) {
  ConsumerSetup setup;
  setup.consumer = ConsumerId(id);
  setup.producer = kCamera;
  setup.video = true;
  setup.paused = paused;
  setup.header.ssrc = Ssrc(static_cast<std::uint32_t>(1000 + id));
  setup.codec = wire::Codec::kVp8;
  setup.clock_rate = 90000;
  return setup;
}

class RouterTest : public ::testing::Test {
 protected:
  // Ids of the consumers that get it.
  std::vector<std::uint64_t> route(std::int64_t seq, bool key_frame = false, media::Encoding encoding = 0) {
    Producer& producer = *router_.find(kCamera);
    media::PacketBuilder packet = pool_.acquire();
    packet->size = 20;
    packet->seq = ExtSeqNo(seq);
    packet->rtp = {};
    packet->rtp.payload_offset = 12;
    packet->rtp.payload_bytes = 8;
    packet->info = {};
    packet->info.key_frame = key_frame;
    packet->extensions = {};
    const media::PacketRef shared = packet.publish();
    std::vector<std::uint64_t> ids;
    for (const auto& delivery : router_.route(now_, producer, *shared, encoding))
      ids.push_back(delivery.consumer->id.value());
    return ids;
  }
  // Whether the source of `encoding` is to be asked now; takes the request.
  bool asked(std::size_t encoding = 0) { return router_.find(kCamera)->encodings[encoding].expire(now_).key_frame; }

  Instant now_ = kStart;
  media::PacketPool pool_{8};
  Router router_;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(RouterTest, GivesAPacketToEveryConsumerThatMayHaveIt) {
  router_.add(camera(), kSender);
  router_.add(now_, viewer(1), kReceiver, true);
  router_.add(now_, viewer(2), kReceiver, true);
  router_.add(now_, viewer(3, true), kReceiver, true);
  EXPECT_EQ(route(70'000, true), (Ids{1, 2}));
  EXPECT_EQ(route(70'001), (Ids{1, 2}));
}

TEST_F(RouterTest, AsksForAKeyFrameAsSoonAsAConsumerCanUseIt) {
  router_.add(camera(), kSender);
  router_.add(now_, viewer(1, true), kReceiver, true);
  EXPECT_FALSE(asked());
  router_.add(now_, viewer(2), kReceiver, true);
  EXPECT_TRUE(asked());
}

TEST_F(RouterTest, HoldsAConsumerUntilTheLastReasonIsGone) {
  ProducerSetup paused = camera();
  paused.paused = true;
  Producer& producer = router_.add(paused, kSender);
  Consumer& consumer = *router_.add(now_, viewer(1, true), kReceiver, false);
  router_.release(now_, consumer, Hold::kByClient);
  router_.release(now_, consumer, Hold::kNoPath);
  EXPECT_FALSE(asked());
  router_.pause(now_, producer, false);
  EXPECT_TRUE(asked());
  EXPECT_EQ(route(70'000, true), Ids{1});
  for (const Hold why : {Hold::kByClient, Hold::kByProducer, Hold::kNoPath}) {
    router_.hold(consumer, why);
    EXPECT_EQ(route(70'001, true), Ids{});
    router_.release(now_, consumer, why);
    EXPECT_EQ(route(70'002, true), Ids{1});
  }
}

TEST_F(RouterTest, ReleasesOnlyForAReasonThatHeld) {
  router_.add(camera(), kSender);
  Consumer& consumer = *router_.add(now_, viewer(1, true), kReceiver, true);
  router_.release(now_, consumer, Hold::kNoPath);
  EXPECT_EQ(route(70'000, true), Ids{});
  router_.hold(consumer, Hold::kByClient);
  router_.release(now_, consumer, Hold::kByClient);  // one release for two holds
  EXPECT_EQ(route(70'001, true), Ids{1});
}

TEST_F(RouterTest, GivesNothingOfAPausedProducerAndStopsAsking) {
  Producer& producer = router_.add(camera(), kSender);
  router_.add(now_, viewer(1), kReceiver, true);
  router_.pause(now_, producer, true);
  EXPECT_EQ(route(70'000, true), Ids{});
  EXPECT_FALSE(asked());
  EXPECT_EQ(producer.encodings[0].deadline(), kNever);
}

TEST_F(RouterTest, AsksAgainWhenNeitherAnswerNorKeyFrameCame) {
  router_.add(camera(), kSender);
  router_.add(now_, viewer(1), kReceiver, true);
  EXPECT_TRUE(asked());
  EXPECT_EQ(route(70'000), Ids{});
  EXPECT_FALSE(asked());  // not for each packet
  now_ += 200ms;
  EXPECT_TRUE(asked());
  EXPECT_EQ(route(70'001, true), Ids{1});
  now_ += 2s;
  EXPECT_EQ(route(70'002), Ids{1});
}

TEST_F(RouterTest, PassesOnAKeyFrameRequestForWhatIsForwarded) {
  router_.add(camera(2), kSender);
  Consumer& consumer = *router_.add(now_, viewer(1), kReceiver, true);
  EXPECT_EQ(route(70'000, true, 0), Ids{1});
  route(80'000, true, 0);
  now_ += 5s;
  router_.request_key_frame(now_, consumer);
  EXPECT_TRUE(asked(0));
  EXPECT_FALSE(asked(1));
  router_.hold(consumer, Hold::kByClient);
  now_ += 5s;
  asked(0);
  now_ += 5s;
  Consumer& held = *router_.add(now_, viewer(2, true), kReceiver, true);
  router_.request_key_frame(now_, held);  // a client that holds its consumer has no use for one
  EXPECT_FALSE(asked(1));
}

TEST_F(RouterTest, GoesUpToABetterEncodingAtItsKeyFrameWithoutAGap) {
  router_.add(camera(2), kSender);
  router_.add(now_, viewer(1), kReceiver, true);
  EXPECT_EQ(route(70'000, true, 0), Ids{1});
  EXPECT_EQ(route(90'000, false, 1), Ids{});  // a better one is there, and is asked for a key frame
  EXPECT_TRUE(asked(1));
  EXPECT_EQ(route(70'001, false, 0), Ids{1});  // meanwhile nothing stops
  EXPECT_EQ(route(90'001, true, 1), Ids{1});
  EXPECT_EQ(route(70'002, false, 0), Ids{});
}

TEST_F(RouterTest, AsksForTheEncodingThatAConsumerIsToGoDownTo) {
  router_.add(camera(2), kSender);
  Consumer& consumer = *router_.add(now_, viewer(1), kReceiver, true);
  EXPECT_EQ(route(70'000, true, 1), Ids{1});
  route(90'000, false, 0);
  EXPECT_FALSE(asked(0));
  consumer.stream.set_limit(media::Layer{0, 0});
  EXPECT_EQ(route(70'001, false, 1), Ids{1}) << "what it has goes on until then";
  EXPECT_TRUE(asked(0));
  EXPECT_EQ(route(90'001, true, 0), Ids{1});
  EXPECT_EQ(route(70'002, false, 1), Ids{});
}

TEST_F(RouterTest, LeavesAnEncodingThatDied) {
  Producer& producer = router_.add(camera(2), kSender);
  router_.add(now_, viewer(1), kReceiver, true);
  EXPECT_EQ(route(70'000, true, 0), Ids{1});
  route(90'000, true, 1);
  const auto feed = [&](std::uint32_t ssrc, std::uint16_t seq, std::size_t encoding) {
    media::PacketBuilder packet = pool_.acquire();
    packet->size = 20;
    packet->rtp = {};
    packet->rtp.ssrc = Ssrc(ssrc);
    packet->rtp.seq = SeqNo(seq);
    packet->rtp.payload_type = PayloadType(96);
    packet->rtp.payload_offset = 12;
    packet->rtp.payload_bytes = 8;
    packet->extensions = {};
    EXPECT_TRUE(producer.encodings[encoding].receive(now_, std::move(packet), false).has_value());
  };
  feed(11, 1, 1);
  now_ += 2s;
  feed(10, 1, 0);
  router_.refresh_activity(now_, producer);
  EXPECT_EQ(producer.active_mask, 1);
  EXPECT_TRUE(asked(0));
  EXPECT_EQ(route(70'010, true, 0), Ids{1});
}

// A packet of an encoding as its inbound stream takes it: VP8 with a temporal layer, 1000 bytes.
class LadderTest : public RouterTest {
 protected:
  void feed(Producer& producer, std::size_t encoding, int temporal) {
    media::PacketBuilder packet = pool_.acquire();
    const std::array<std::uint8_t, 16> bytes{
        0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x90, 0x20, static_cast<std::uint8_t>(temporal << 6), 0x11};
    std::ranges::copy(bytes, packet.room().begin());
    packet->size = 1000;
    packet->rtp = wire::parse_rtp(packet.room().first(1000)).value();
    packet->rtp.seq = SeqNo(seq_++);
    packet->rtp.ssrc = Ssrc(static_cast<std::uint32_t>(10 + encoding));
    packet->extensions = {};
    const auto accepted = producer.encodings[encoding].receive(now_, std::move(packet), false);
    ASSERT_TRUE(accepted.has_value());
    router_.route(now_, producer, **accepted, static_cast<media::Encoding>(encoding));
  }
  std::span<const Rung> ladder(Producer& producer) { return router_.ladder(now_, producer); }
  std::uint16_t seq_ = 1;
};

// Of packets of 1000 bytes in half a second, of which a bucket of 100 ms has only begun.
constexpr std::int64_t rate_of(std::int64_t packets) {
  return 2 * (packets * 80'000 / 9);
}

TEST_F(LadderTest, IsEmptyBeforeAnythingCame) {
  EXPECT_TRUE(ladder(router_.add(camera(3), kSender)).empty());
}

TEST_F(LadderTest, HasTheLayersOfEachEncodingByThemselves) {
  Producer& producer = router_.add(camera(3), kSender);
  for (const int temporal : {0, 1, 0}) feed(producer, 0, temporal);
  for (int i = 0; i < 5; ++i) feed(producer, 2, 0);
  now_ += 500ms;
  const auto rungs = ladder(producer);
  ASSERT_EQ(rungs.size(), 3U);
  EXPECT_EQ(rungs[0].layer, (media::Layer{0, 0}));
  EXPECT_EQ(rungs[0].rate, Bitrate(rate_of(2)));
  EXPECT_EQ(rungs[1].layer, (media::Layer{0, 1}));
  EXPECT_EQ(rungs[1].rate, Bitrate(rate_of(2) + rate_of(1)));
  EXPECT_EQ(rungs[2].layer, (media::Layer{2, 0}));
  EXPECT_EQ(rungs[2].rate, Bitrate(rate_of(5)));
}

TEST_F(LadderTest, TellsWhatALayerHadAtMost) {
  Producer& producer = router_.add(camera(1), kSender);
  for (int i = 0; i < 60; ++i) {
    for (int packet = 0; packet < (i < 40 ? 2 : 1); ++packet) feed(producer, 0, 0);
    now_ += 100ms;
    ladder(producer);
  }
  const Rung rung = ladder(producer).front();
  EXPECT_NEAR(static_cast<double>(rung.peak.value()), 2.0 * static_cast<double>(rung.rate.value()), 20'000);
}

TEST_F(LadderTest, CountsWhatCameSinceItWasAskedForAtTheSameInstant) {
  Producer& producer = router_.add(camera(2), kSender);
  feed(producer, 0, 0);
  ASSERT_EQ(ladder(producer).size(), 1U);
  feed(producer, 0, 1);
  EXPECT_EQ(ladder(producer).size(), 2U);
}

TEST_F(LadderTest, LosesWhatDied) {
  Producer& producer = router_.add(camera(2), kSender);
  for (const std::size_t encoding : {0U, 1U}) feed(producer, encoding, 0);
  now_ += 1250ms;
  feed(producer, 0, 0);
  const auto rungs = ladder(producer);
  ASSERT_EQ(rungs.size(), 1U);
  EXPECT_EQ(rungs[0].layer, (media::Layer{0, 0}));
}

TEST_F(RouterTest, GivesNoConsumerOfAProducerThatEnded) {
  Producer& producer = router_.add(camera(), kSender);
  router_.remove(producer);
  EXPECT_EQ(router_.add(now_, viewer(1), kReceiver, true), nullptr);
  EXPECT_EQ(router_.find(kCamera), nullptr);
  EXPECT_EQ(router_.producers() + router_.consumers(), 0U);
}

TEST_F(RouterTest, ForgetsAConsumerThatWasRemoved) {
  Producer& producer = router_.add(camera(), kSender);
  std::vector<Consumer*> consumers;
  for (std::uint32_t id = 1; id <= 4; ++id) consumers.push_back(router_.add(now_, viewer(id), kReceiver, true));
  router_.remove(*consumers[0]);
  EXPECT_EQ(router_.find(ConsumerId(1)), nullptr);
  EXPECT_THAT(route(70'000, true), ::testing::UnorderedElementsAre(2, 3, 4));
  router_.remove(*consumers[3]);
  router_.remove(*consumers[1]);
  EXPECT_EQ(route(70'001, false), Ids{3});
  router_.remove(*consumers[2]);
  EXPECT_TRUE(producer.consumers.empty());
}

}  // namespace
}  // namespace consomme::router
