#include "sfu/runtime/setup_from_ortc.h"

#include <set>

#include "sfu/ortc/supported.h"
#include "sfu/runtime/testing.h"

namespace consomme::sfu {
namespace {

using testing::camera;
using testing::router;

ortc::NegotiatedProducer negotiated(const ortc::RtpParameters& parameters,
                                    ortc::MediaKind kind = ortc::MediaKind::kVideo) {
  return ortc::negotiate_producer(kind, parameters, router(), Ssrc(5000)).value();
}

router::ProducerSetup setup_of(const ortc::RtpParameters& parameters) {
  return producer_setup(ProducerId(3), ortc::MediaKind::kVideo, negotiated(parameters), true);
}

TEST(ProducerSetup, NamesStreamsAsTheSenderDoes) {
  const auto setup = setup_of(camera("4", 100));
  EXPECT_EQ(setup.producer, ProducerId(3));
  EXPECT_TRUE(setup.video);
  EXPECT_TRUE(setup.paused);
  EXPECT_EQ(setup.mid, "4");
  ASSERT_EQ(setup.streams.size(), 1U);
  EXPECT_EQ(setup.streams[0].ssrc, Ssrc(100));
  EXPECT_EQ(setup.streams[0].rtx_ssrc, Ssrc(101));
  EXPECT_EQ(setup.streams[0].rid, "");
  EXPECT_EQ(setup.extensions.kind(9), HeaderExtension::kMid);
  EXPECT_EQ(setup.extensions.kind(1), HeaderExtension::kCount);
}

TEST(ProducerSetup, MapsPayloadTypesAndTellsWhatRtxRepairs) {
  const auto setup = setup_of(camera("0", 100));
  ASSERT_EQ(setup.payloads.size(), 2U);
  EXPECT_EQ(setup.payloads[0].incoming, PayloadType(96));
  EXPECT_EQ(setup.payloads[0].codec, wire::Codec::kVp8);
  EXPECT_EQ(setup.payloads[0].clock_rate, 90000U);
  EXPECT_FALSE(setup.payloads[0].repairs);
  EXPECT_EQ(setup.payloads[1].repairs, PayloadType(96));
  EXPECT_NE(setup.payloads[0].mapped, setup.payloads[1].mapped);
}

TEST(ProducerSetup, TakesTheFeedbackOfTheMediaCodecWhereverItStands) {
  auto parameters = camera("0", 100);
  std::swap(parameters.codecs[0], parameters.codecs[1]);
  const auto setup = setup_of(parameters);
  EXPECT_TRUE(setup.nack);
  EXPECT_TRUE(setup.pli);
  EXPECT_FALSE(setup.fir);
}

TEST(ProducerSetup, KeepsEncodingsInTheirOrder) {
  auto parameters = camera("0", 100);
  parameters.encodings.assign(3, {});
  for (std::size_t i = 0; i < 3; ++i) parameters.encodings[i].rid = "r" + std::to_string(i);
  const auto setup = setup_of(parameters);
  ASSERT_EQ(setup.streams.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(setup.streams[i].rid, "r" + std::to_string(i));
    EXPECT_FALSE(setup.streams[i].ssrc);
  }
}

router::ConsumerSetup consumer_of(const ortc::NegotiatedProducer& producer, ortc::MediaKind kind, Rng& rng) {
  const auto parameters = ortc::consumer_parameters(kind, producer.consumable, router(), Ssrc(777), "12").value();
  return consumer_setup({ConsumerId(8), ProducerId(3), kind, false}, parameters, rng);
}

TEST(ConsumerSetup, WritesWhatTheClientWasPromised) {
  Rng rng(1);
  const auto setup = consumer_of(negotiated(camera("0", 100)), ortc::MediaKind::kVideo, rng);
  EXPECT_EQ(setup.consumer, ConsumerId(8));
  EXPECT_EQ(setup.header.ssrc, Ssrc(777));
  ASSERT_TRUE(setup.header.rtx);
  EXPECT_EQ(setup.header.rtx->ssrc, Ssrc(778));
  EXPECT_EQ(as_text(setup.header.mid.bytes()), "12");
  EXPECT_EQ(setup.codec, wire::Codec::kVp8);
  EXPECT_EQ(setup.clock_rate, 90000U);
  EXPECT_TRUE(setup.nack);
  EXPECT_EQ(setup.cname, "camera");
  EXPECT_TRUE(setup.header.extensions.has(HeaderExtension::kMid));
  EXPECT_FALSE(setup.header.extensions.has(HeaderExtension::kRtpStreamId));
  EXPECT_FALSE(setup.paused);
}

TEST(ConsumerSetup, SendsAudioWithoutRtxAndTakesNoNackForIt) {
  Rng rng(1);
  const auto producer = negotiated(testing::microphone("0", 5), ortc::MediaKind::kAudio);
  const auto setup = consumer_of(producer, ortc::MediaKind::kAudio, rng);
  EXPECT_FALSE(setup.header.rtx);
  EXPECT_FALSE(setup.nack);
  EXPECT_EQ(setup.codec, wire::Codec::kOpus);
  EXPECT_EQ(setup.clock_rate, 48000U);
}

ortc::RtpCapabilities router_with_red() {
  std::vector<ortc::RtpCodecCapability> codecs;
  for (const char* const name : {"opus", "red"}) codecs.push_back(ortc::parse_media_codec(name).value());
  return ortc::router_capabilities(codecs).value();
}

TEST(ProducerSetup, OfSoundKnowsWhetherItMayBeSentRedundantlyAndComesSo) {
  ortc::RtpParameters sound = testing::microphone("0", 5);
  const auto setup = [&](const ortc::RtpCapabilities& router) {
    const auto producer = ortc::negotiate_producer(ortc::MediaKind::kAudio, sound, router, Ssrc(5000)).value();
    return producer_setup(ProducerId(3), ortc::MediaKind::kAudio, producer, false);
  };
  EXPECT_FALSE(setup(router()).red);
  EXPECT_EQ(setup(router_with_red()).red->block, PayloadType(100)) << "as receivers call it";
  EXPECT_FALSE(setup(router_with_red()).red->incoming);
  sound.codecs.insert(sound.codecs.begin(), sound.codecs[0]);
  sound.codecs[0].mime_type = "audio/red";
  sound.codecs[0].payload_type = PayloadType(63);
  EXPECT_EQ(setup(router_with_red()).red->incoming, PayloadType(63));
}

TEST(ConsumerSetup, OfSoundKnowsWhatItsReceiverCallsRed) {
  Rng rng(1);
  const auto producer =
      ortc::negotiate_producer(ortc::MediaKind::kAudio, testing::microphone("0", 5), router_with_red(), Ssrc(5000));
  for (const auto& [remote, red] : {std::pair(router_with_red(), std::optional(PayloadType(101))),
                                    std::pair(router(), std::optional<PayloadType>())}) {
    const auto parameters =
        ortc::consumer_parameters(ortc::MediaKind::kAudio, producer->consumable, remote, Ssrc(777), "12").value();
    const auto setup = consumer_setup({ConsumerId(8), ProducerId(3), ortc::MediaKind::kAudio, false}, parameters, rng);
    EXPECT_EQ(setup.header.red, red);
    EXPECT_EQ(setup.header.payload_type, PayloadType(100));
    EXPECT_EQ(setup.codec, wire::Codec::kOpus);
  }
}

TEST(ConsumerSetup, NumbersBeginSomewhereInTheLowerHalf) {
  Rng rng(1);
  const auto producer = negotiated(camera("0", 100));
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto setup = consumer_of(producer, ortc::MediaKind::kVideo, rng);
    for (const SeqNo first : {setup.first_seq, setup.first_rtx_seq}) {
      EXPECT_GE(first.value(), 1);
      EXPECT_LT(first.value(), 1 << 15);
      seen.insert(first.value());
    }
  }
  EXPECT_GT(seen.size(), 1800U);
}

}  // namespace
}  // namespace consomme::sfu
