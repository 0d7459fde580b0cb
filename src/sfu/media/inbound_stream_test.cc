#include "sfu/media/inbound_stream.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InboundStreamTest : public ::testing::Test {
 protected:
  std::expected<PacketRef, Drop> receive(const Given& given, Instant now = kStart) {
    return stream_.receive(now, build(pool_, given), false);
  }
  std::expected<PacketRef, Drop> receive_rtx(const Given& given, Instant now = kStart) {
    return stream_.receive(now, build(pool_, given), true);
  }
  std::vector<int> lost(Instant now) {
    std::vector<int> out;
    for (const SeqNo n : stream_.expire(now).lost) out.push_back(n.value());
    return out;
  }

  PacketPool pool_{512};
  InboundStream stream_{kVideo};
};

TEST_F(InboundStreamTest, PublishesAPacketWithItsPlaceAndMeaning) {
  const auto packet = receive({.seq = 7, .timestamp = 900, .payload = kKeyFrame}, kStart + 1ms);
  ASSERT_TRUE(packet);
  const auto next = receive({.seq = 8, .timestamp = 900, .payload = kContinuation});
  ASSERT_TRUE(next);
  EXPECT_EQ((*packet)->received, kStart + 1ms);
  EXPECT_TRUE((*packet)->info.key_frame);
  EXPECT_FALSE((*next)->info.key_frame);
  EXPECT_EQ((*next)->seq - (*packet)->seq, 1);
  EXPECT_EQ((*next)->timestamp, (*packet)->timestamp);
  EXPECT_EQ(stream_.counts().key_frames, 1U);
}

TEST_F(InboundStreamTest, UnwrapsSequenceNumbersAndTimestamps) {
  const auto a = receive({.seq = 65535, .timestamp = 0xffffff00});
  const auto b = receive({.seq = 0, .timestamp = 0x00000100});
  ASSERT_TRUE(a && b);
  EXPECT_EQ((*b)->seq - (*a)->seq, 1);
  EXPECT_EQ((*b)->timestamp.value() - (*a)->timestamp.value(), 0x200);
}

TEST_F(InboundStreamTest, DropsByReasonAndGivesTheSlotBack) {
  EXPECT_TRUE(receive({.seq = 5}));
  EXPECT_EQ(receive({.seq = 5}).error(), Drop::kDuplicate);
  EXPECT_EQ(receive({.seq = 6, .payload_type = PayloadType(100)}).error(), Drop::kPayloadType);
  EXPECT_EQ(receive({.seq = 9000}).error(), Drop::kJump);
  EXPECT_EQ(receive_rtx({.seq = 1, .payload = {}, .payload_type = kRtxPt, .padding = 200}).error(), Drop::kRtxProbe);
  EXPECT_EQ(receive_rtx({.seq = 2, .payload = {1}, .payload_type = kRtxPt}).error(), Drop::kRtxMalformed);
  EXPECT_EQ(receive_rtx({.seq = 3, .payload_type = kPt}).error(), Drop::kPayloadType);
  EXPECT_EQ(stream_.counts().discarded, 4U) << "duplicates and probes are no loss";
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(InboundStreamTest, UndoesRtx) {
  const Given original{.seq = 11, .timestamp = 4000, .payload = kKeyFrame, .marker = true};
  ASSERT_TRUE(receive({.seq = 10, .timestamp = 1000}));
  ASSERT_TRUE(receive({.seq = 12, .timestamp = 5000}));
  const auto repaired = receive_rtx(rtx_of(original, 40'000));
  ASSERT_TRUE(repaired);
  const Packet& packet = **repaired;
  EXPECT_EQ(packet.rtp.seq, SeqNo(11));
  EXPECT_EQ(packet.rtp.ssrc, kSsrc);
  EXPECT_EQ(packet.rtp.payload_type, kPt);
  EXPECT_TRUE(packet.rtp.marker);
  EXPECT_TRUE(packet.info.key_frame);
  EXPECT_TRUE(std::ranges::equal(packet.payload(), kKeyFrame));
  EXPECT_EQ(stream_.counts().repaired, 1U);
  EXPECT_EQ(receive_rtx(rtx_of(original, 40'001)).error(), Drop::kDuplicate);
  EXPECT_EQ(receive(original).error(), Drop::kDuplicate);
}

TEST_F(InboundStreamTest, AsksForLossesUntilTheyAreRepaired) {
  ASSERT_TRUE(receive({.seq = 10}));
  ASSERT_TRUE(receive({.seq = 13}));
  EXPECT_EQ(stream_.deadline(), kStart);
  EXPECT_THAT(lost(kStart), ElementsAre(11, 12));
  ASSERT_TRUE(receive_rtx(rtx_of({.seq = 11}, 1), kStart + 50ms));
  EXPECT_THAT(lost(kStart + 200ms), ElementsAre(12));
  EXPECT_EQ(stream_.counts().nacked, 3U);
}

TEST_F(InboundStreamTest, AsksForLostSoundAlthoughAnyPacketOfItIsAStart) {
  stream_ = InboundStream({.codec = wire::Codec::kOpus, .payload_type = kPt, .ssrc = kSsrc, .nack = true});
  ASSERT_TRUE(receive({.seq = 10, .timestamp = 960}));
  ASSERT_TRUE(receive({.seq = 13, .timestamp = 3840}));
  EXPECT_THAT(lost(kStart), ElementsAre(11, 12));
  ASSERT_TRUE(receive({.seq = 14, .timestamp = 4800}));
  EXPECT_THAT(lost(kStart + 200ms), ElementsAre(11, 12));
}

TEST_F(InboundStreamTest, LetsAKeyFrameBeginOnce) {
  stream_ = InboundStream({.codec = wire::Codec::kH264, .payload_type = kPt, .ssrc = kSsrc});
  const std::vector<std::uint8_t> parameters{0x67, 0x42, 0xc0};
  const std::vector<std::uint8_t> slice{0x65, 0x88, 0x80};
  EXPECT_TRUE((*receive({.seq = 11, .timestamp = 900, .payload = slice}))->info.key_frame);
  EXPECT_TRUE((*receive({.seq = 10, .timestamp = 900, .payload = parameters}))->info.key_frame) << "it came late";
  EXPECT_FALSE((*receive({.seq = 12, .timestamp = 900, .payload = slice}))->info.key_frame);
  EXPECT_TRUE((*receive({.seq = 13, .timestamp = 3900, .payload = slice}))->info.key_frame);
  EXPECT_EQ(stream_.counts().key_frames, 2U);
}

TEST_F(InboundStreamTest, MeasuresWhatAConsumerOfALayerWouldBeSent) {
  EXPECT_EQ(stream_.temporal_layers(kStart), 1);
  for (int i = 0; i < 10; ++i) {  // of VP8, every other picture of the upper layer
    std::vector<std::uint8_t> payload{0x90, 0x20, static_cast<std::uint8_t>(i % 2 * 0x40), 0x11};
    payload.resize(i % 2 == 0 ? 988 : 488);
    const auto n = static_cast<std::uint16_t>(i);
    ASSERT_TRUE(receive({.seq = n, .timestamp = n * 3000U, .payload = payload}, kStart + i * 100ms));
  }
  const Instant now = kStart + 999ms;
  const auto near = [](std::int64_t bits) {
    return testing::Property(&Bitrate::value, testing::AllOf(testing::Ge(bits), testing::Le(bits + bits / 100)));
  };
  EXPECT_THAT(stream_.bitrate(now, {0, 0}), near(5 * 1000 * 8));
  EXPECT_THAT(stream_.bitrate(now, {0, 1}), near(5 * 1500 * 8));
  EXPECT_THAT(stream_.bitrate(now, kHighestLayer), near(stream_.bitrate(now).value()));
  EXPECT_EQ(stream_.temporal_layers(now), 2);
  EXPECT_EQ(stream_.spatial_layers(now), 1);
  EXPECT_EQ(stream_.temporal_layers(now + 3s), 1) << "none came of late";
}

TEST_F(InboundStreamTest, AsksForNothingWithoutNack) {
  InboundConfig config = kVideo;
  config.nack = false;
  stream_ = InboundStream(config);
  ASSERT_TRUE(receive({.seq = 10}));
  ASSERT_TRUE(receive({.seq = 13}));
  EXPECT_EQ(stream_.deadline(), kNever);
}

TEST_F(InboundStreamTest, AsksForAKeyFrameInsteadOfTooManyPackets) {
  ASSERT_TRUE(receive({.seq = 10}));
  ASSERT_TRUE(receive({.seq = 1000}));
  const InboundStream::Feedback feedback = stream_.expire(kStart);
  EXPECT_THAT(feedback.lost, IsEmpty());
  EXPECT_TRUE(feedback.key_frame);
}

TEST_F(InboundStreamTest, IsSatisfiedByAKeyFrameWhichMakesOlderLossesNeedless) {
  ASSERT_TRUE(receive({.seq = 10}));
  stream_.request_key_frame(kStart);
  EXPECT_TRUE(stream_.expire(kStart).key_frame);
  ASSERT_TRUE(receive({.seq = 15, .timestamp = 9000, .payload = kKeyFrame}, kStart + 30ms));
  EXPECT_EQ(lost(kStart + 30ms), std::vector<int>());
  EXPECT_EQ(stream_.deadline(), kNever);
}

TEST_F(InboundStreamTest, AsksNoKeyFrameOfASenderThatAnswersNone) {
  InboundConfig config = kVideo;
  config.key_frames = false;
  stream_ = InboundStream(config);
  stream_.request_key_frame(kStart);
  EXPECT_EQ(stream_.deadline(), kNever);
}

TEST_F(InboundStreamTest, ReportsLossesOfTheInterval) {
  EXPECT_FALSE(stream_.report(kStart));
  for (std::uint16_t i = 0; i < 100; ++i)
    if (i % 4 != 1) {
      ASSERT_TRUE(receive({.seq = static_cast<std::uint16_t>(65500 + i)}));
    }
  auto block = stream_.report(kStart);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->ssrc, kSsrc);
  EXPECT_EQ(block->fraction_lost, 64);
  EXPECT_EQ(block->cumulative_lost, 25);
  EXPECT_EQ(block->highest_seq, 65536U + 63);
  EXPECT_EQ(block->last_sender_report, 0U);

  ASSERT_TRUE(receive({.seq = 64}));
  block = stream_.report(kStart);
  EXPECT_EQ(block->fraction_lost, 0);
  EXPECT_EQ(block->cumulative_lost, 25);
}

TEST_F(InboundStreamTest, ReportsWhatWasRepairedAsLostAllTheSame) {
  ASSERT_TRUE(receive({.seq = 1}));
  ASSERT_TRUE(receive({.seq = 3}));
  ASSERT_TRUE(receive_rtx(rtx_of({.seq = 2}, 1)));
  EXPECT_EQ(stream_.report(kStart)->cumulative_lost, 1);
}

TEST_F(InboundStreamTest, ReportsTheDelaySinceTheLastSenderReport) {
  ASSERT_TRUE(receive({.seq = 1}));
  stream_.receive_sender_report(kStart, {.ntp = NtpTime(0x1111'2222'3333'4444), .rtp = RtpTimestamp(5)});
  const auto block = stream_.report(kStart + 1500ms);
  EXPECT_EQ(block->last_sender_report, 0x2222'3333U);
  EXPECT_EQ(block->since_sender_report, 0x1'8000U);
}

TEST_F(InboundStreamTest, KnowsWhenAPacketWasCapturedOnceTheSenderHasTold) {
  EXPECT_EQ((*receive({.seq = 1, .timestamp = 100'000}, kStart + 70ms))->captured, kStart + 70ms);
  stream_.receive_sender_report(kStart + 100ms,
                                {.ntp = NtpTime::from(kStart - 3h + 10ms), .rtp = RtpTimestamp(100'900)});
  stream_.set_clock_offset(3h);
  EXPECT_EQ((*receive({.seq = 2, .timestamp = 100'000}, kStart + 110ms))->captured, kStart);
  EXPECT_EQ((*receive({.seq = 3, .timestamp = 190'000}, kStart + 1100ms))->captured, kStart + 1s);
  EXPECT_EQ((*receive({.seq = 4, .timestamp = 50'000'000}, kStart + 2s))->captured, kStart + 2s)
      << "the report can not have spoken of this";
  stream_.set_clock_offset(3h + 5ms);
  EXPECT_EQ((*receive({.seq = 5, .timestamp = 280'000}, kStart + 2100ms))->captured, kStart + 2005ms)
      << "as another stream of the sender has told meanwhile";
}

TEST_F(InboundStreamTest, ForgetsWhatTheSenderToldWhenItRestarts) {
  ASSERT_TRUE(receive({.seq = 40'000}));
  stream_.receive_sender_report(kStart, {.ntp = NtpTime::from(kStart - 50ms), .rtp = RtpTimestamp(0)});
  ASSERT_FALSE(receive({.seq = 20}));
  EXPECT_EQ((*receive({.seq = 21}, kStart + 30ms))->captured, kStart + 30ms);
}

// RFC 3550 §A.8: a constant deviation d of every second packet lets the estimate approach the mean of |D|.
TEST_F(InboundStreamTest, MeasuresJitter) {
  for (int i = 0; i < 400; ++i) {
    const Given given{.seq = static_cast<std::uint16_t>(i), .timestamp = static_cast<std::uint32_t>(i * 1800)};
    ASSERT_TRUE(receive(given, kStart + i * 20ms + (i % 2) * 10ms));
  }
  EXPECT_NEAR(static_cast<double>(stream_.jitter() / 1us), 10'000, 200);
  EXPECT_NEAR(static_cast<double>(stream_.report(kStart)->jitter), 900, 20);
}

TEST_F(InboundStreamTest, TakesAPauseForNoJitter) {
  ASSERT_TRUE(receive({.seq = 0, .timestamp = 0}, kStart));
  ASSERT_TRUE(receive({.seq = 1, .timestamp = 3000}, kStart + 1h));
  EXPECT_EQ(stream_.jitter(), 0ns);
}

TEST_F(InboundStreamTest, GoesOnWhenTheSenderRestarts) {
  const auto before = receive({.seq = 40'000, .timestamp = 777});
  ASSERT_FALSE(receive({.seq = 20, .timestamp = 0x90000000}));
  const auto after = receive({.seq = 21, .timestamp = 0x90000000});
  ASSERT_TRUE(before && after);
  EXPECT_GT((*after)->seq, (*before)->seq);
  EXPECT_EQ(lost(kStart), std::vector<int>()) << "the step is no loss";
  EXPECT_EQ(stream_.report(kStart)->cumulative_lost, 0);
}

TEST_F(InboundStreamTest, GoesOnWithAnotherSsrc) {
  const auto before = receive({.seq = 100});
  stream_.bind(Ssrc(0x99));
  const auto after = receive({.seq = 50, .ssrc = Ssrc(0x99)});
  ASSERT_TRUE(before && after);
  EXPECT_GT((*after)->seq, (*before)->seq);
  EXPECT_EQ(stream_.report(kStart)->ssrc, Ssrc(0x99));
}

TEST_F(InboundStreamTest, CountsTheFramesOfASenderThatHasSetItsTimestampsBack) {
  receive({.seq = 1, .timestamp = 900'000});
  receive({.seq = 2, .timestamp = 900'000});
  receive({.seq = 3, .timestamp = 9000});
  receive({.seq = 5, .timestamp = 12'000});
  receive({.seq = 4, .timestamp = 9000});
  EXPECT_EQ(stream_.frame_gaps().frames(), 3U);
}

TEST_F(InboundStreamTest, IsActiveForSomewhatMoreThanASecond) {
  EXPECT_FALSE(stream_.active(kStart));
  ASSERT_TRUE(receive({.seq = 1}));
  EXPECT_TRUE(stream_.active(kStart + 1249ms));
  EXPECT_FALSE(stream_.active(kStart + 1250ms));
  EXPECT_EQ(stream_.last_packet(), kStart);
}

TEST_F(InboundStreamTest, IsLeftBehindWhenAnotherHasEightPicturesMoreOrWhatComesIn800ms) {
  struct Case {
    Duration interval;  // of the one that stops
    Duration other;
    Duration dead;  // since its last picture
  };
  for (const Case& c :
       {Case{33ms, 33ms, 500ms}, Case{33ms, 100ms, 800ms}, Case{100ms, 33ms, 800ms}, Case{200ms, 200ms, 800ms},
        Case{200ms, 33ms, 800ms}, Case{33ms, 200ms, 800ms}, Case{500ms, 500ms, 1000ms}}) {
    InboundStream stopping(kVideo);
    InboundStream going(kVideo);
    std::uint16_t seq = 0;
    const auto picture = [&](InboundStream& stream, Instant at) {
      ++seq;
      EXPECT_TRUE(stream.receive(at, build(pool_, {.seq = seq, .timestamp = seq * 3000U}), false));
    };
    for (int i = -20; i <= 0; ++i) picture(stopping, kStart + i * c.interval);
    seq = 0;
    for (int i = -20; i * c.other < c.dead; ++i) picture(going, kStart + i * c.other);
    EXPECT_FALSE(stopping.left_behind_by(going, kStart + c.dead - 1ms));
    picture(going, kStart + c.dead);
    EXPECT_TRUE(stopping.left_behind_by(going, kStart + c.dead));
    EXPECT_FALSE(stopping.left_behind_by(stopping, kStart + c.dead)) << "nor by one that stopped with it";
    EXPECT_FALSE(going.left_behind_by(stopping, kStart + c.dead + 2s));
  }
}

TEST_F(InboundStreamTest, IsNotLeftBehindWhileItSendsInBurstsOrSeldom) {
  // Four pictures at once each 700 ms, and one each 600 ms, where the other has a hundred a second.
  for (const auto& [burst, pause] : {std::pair(4, 700ms), std::pair(1, 600ms)}) {
    InboundStream bursty(kVideo);
    InboundStream going(kVideo);
    std::uint16_t seq = 0;
    for (Duration at{}; at < 10s; at += 10ms) {
      ++seq;
      if (at % pause == Duration::zero())
        for (int i = 0; i < burst; ++i) {
          const auto number = static_cast<std::uint16_t>(at / pause * burst + i);
          EXPECT_TRUE(bursty.receive(kStart + at, build(pool_, {.seq = number, .timestamp = number * 3000U}), false));
        }
      EXPECT_TRUE(going.receive(kStart + at, build(pool_, {.seq = seq, .timestamp = seq * 900U}), false));
      if (at < 2s) continue;  // its mean is not known yet
      EXPECT_FALSE(bursty.left_behind_by(going, kStart + at)) << at / 1ms;
    }
  }
}

TEST_F(InboundStreamTest, RemembersTheLastAudioLevel) {
  stream_ = InboundStream({.codec = wire::Codec::kOpus, .payload_type = kPt, .ssrc = kSsrc});
  wire::ExtensionIds ids;
  ids.set(ExtensionId(1), HeaderExtension::kAudioLevel);
  ASSERT_TRUE(
      stream_.receive(kStart, build(pool_, {.seq = 1, .extension = {0xbe, 0xde, 0, 1, 0x10, 0x9e, 0, 0}}, ids), false));
  ASSERT_TRUE(receive({.seq = 2}));
  EXPECT_EQ(stream_.audio_level(), (wire::AudioLevel{.voice = true, .minus_dbov = 30}));
}

TEST_F(InboundStreamTest, ForwardsAPayloadThatItCannotRead) {
  const auto packet = receive({.seq = 1, .payload = {0xff}});
  ASSERT_TRUE(packet);
  EXPECT_EQ((*packet)->info, wire::PayloadInfo{});
}

TEST(PaddingOnly, KeepsNoEncodingAlive) {
  PacketPool pool(512);
  InboundStream in({.codec = wire::Codec::kVp8, .clock_rate = 90000, .payload_type = kPt, .ssrc = kSsrc});
  std::uint16_t seq = 1;
  Instant now = kStart;
  ASSERT_TRUE(in.receive(now, build(pool, {.seq = seq++, .payload = kKeyFrame, .marker = true}), false));
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(in.receive(now += 100ms, build(pool, {.seq = seq++, .payload = {}, .padding = 200}), false));
  EXPECT_FALSE(in.active(now));
}

}  // namespace
}  // namespace consomme::media
