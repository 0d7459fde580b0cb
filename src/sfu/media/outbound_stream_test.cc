#include "sfu/media/outbound_stream.h"

#include <set>

#include "base/rng.h"
#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

OutboundConfig video(std::size_t encodings = 1) {
  OutboundConfig config;
  config.codec = wire::Codec::kVp8;
  config.clock_rate = 90000;
  config.encodings = encodings;
  config.first_seq = SeqNo(1000);
  config.first_rtx_seq = SeqNo(2000);
  config.first_timestamp = RtpTimestamp(50'000);
  config.header.rtx = RtxHeader{kRtxSsrc, kRtxPt};
  config.nack = true;
  return config;
}

class OutboundStreamTest : public ::testing::Test {
 protected:
  PacketRef packet(std::int64_t seq, const std::vector<std::uint8_t>& payload = kDeltaFrame,
                   std::uint32_t timestamp = 0) {
    return publish(pool_, now_, seq,
                   {.seq = static_cast<std::uint16_t>(seq), .timestamp = timestamp, .payload = payload});
  }
  // The output sequence number of a packet; nullopt: it is not for the consumer.
  std::optional<std::int64_t> forward(const PacketRef& p, Encoding source = 0) {
    const auto rewrite = stream_.plan(*p, source);
    if (!rewrite) return std::nullopt;
    stream_.sent(now_, p, *rewrite, stamp());
    return rewrite->seq.value();
  }
  SendStamp stamp() const { return {wire::abs_send_time(now_), SeqNo(7)}; }
  std::uint32_t timestamp(const PacketRef& p, Encoding source = 0) {
    return stream_.plan(*p, source).value().timestamp.value();
  }
  std::vector<std::int64_t> nack(std::vector<int> numbers, const RepairTerms& terms = {}) {
    std::vector<SeqNo> lost;
    for (const int n : numbers) lost.emplace_back(static_cast<std::uint16_t>(n));
    resends_.clear();
    stream_.receive_nack(now_, lost, terms, resends_);
    std::vector<std::int64_t> out;
    for (const Resend& r : resends_) out.push_back(r.rewrite.seq.value());
    return out;
  }

  Instant now_ = kStart;
  PacketPool pool_{4096};
  std::vector<Resend> resends_;
  OutboundStream stream_{video()};
};

TEST_F(OutboundStreamTest, WaitsForAKeyFrameAndBeginsWhereItIsTold) {
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(70'000)), std::nullopt);
  EXPECT_EQ(forward(packet(70'001, kContinuation)), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  const auto key = stream_.plan(*packet(70'002, kKeyFrame, 123), 0);
  EXPECT_EQ(key, (Rewrite{ExtSeqNo(1000), RtpTimestamp(50'000)}));
  EXPECT_EQ(stream_.wants_key_frame(), std::nullopt);
  EXPECT_EQ(stream_.plan(*packet(70'003, kDeltaFrame, 3123), 0), (Rewrite{ExtSeqNo(1001), RtpTimestamp(53'000)}));
}

TEST_F(OutboundStreamTest, StartsAudioAtOnce) {
  OutboundConfig config = video();
  config.codec = wire::Codec::kOpus;
  stream_ = OutboundStream(config);
  EXPECT_EQ(stream_.wants_key_frame(), std::nullopt);
  EXPECT_EQ(forward(packet(5)), 1000);
}

TEST_F(OutboundStreamTest, KeepsTheGapsOfTheSourceAndThePlacesOfLatePackets) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(13)), 1003);
  EXPECT_EQ(forward(packet(11)), 1001);
  EXPECT_EQ(forward(packet(9)), std::nullopt);
}

TEST_F(OutboundStreamTest, LeavesNoGapAfterAPause) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(11)), 1001);
  stream_.pause();
  EXPECT_EQ(stream_.wants_key_frame(), std::nullopt);
  EXPECT_EQ(forward(packet(12, kKeyFrame)), std::nullopt);
  stream_.resume();
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(500)), std::nullopt);
  EXPECT_EQ(forward(packet(501, kKeyFrame)), 1002);
  EXPECT_EQ(forward(packet(499)), std::nullopt) << "from before the splice";
}

TEST_F(OutboundStreamTest, LeavesNoGapForPaddingOfTheSender) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  const PacketRef padding = publish(pool_, now_, 11, {.seq = 11, .payload = {}, .padding = 100});
  EXPECT_EQ(forward(padding), std::nullopt);
  EXPECT_EQ(forward(packet(12)), 1001);
}

TEST_F(OutboundStreamTest, SendsAnEmptyPacketForPaddingThatComesLate) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(12)), 1002);
  const PacketRef padding = publish(pool_, now_, 11, {.seq = 11, .payload = {}, .padding = 100});
  EXPECT_EQ(stream_.plan(*padding, 0), (Rewrite{.seq = ExtSeqNo(1001), .timestamp = RtpTimestamp(50'000), .empty = 1}));
}

TEST_F(OutboundStreamTest, AdvancesTimestampsByTheTimeOfAPause) {
  EXPECT_EQ(timestamp(packet(10, kKeyFrame, 7000)), 50'000U);
  stream_.pause();
  now_ += 2s;
  stream_.resume();
  EXPECT_EQ(timestamp(packet(90, kKeyFrame, 0xffff'fff0)), 50'000U + 180'000);
  EXPECT_EQ(timestamp(packet(91, kDeltaFrame, 3000 - 16)), 50'000U + 183'000);
}

TEST_F(OutboundStreamTest, AdvancesTimestampsAtLeastByOne) {
  EXPECT_EQ(timestamp(packet(10, kKeyFrame)), 50'000U);
  stream_.pause();
  stream_.resume();
  EXPECT_EQ(timestamp(packet(11, kKeyFrame, 99)), 50'001U);
}

TEST_F(OutboundStreamTest, ClosesUpWhenTheSourceRestarts) {
  EXPECT_EQ(forward(packet(100, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(3101)), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(3102, kKeyFrame)), 1001);
}

TEST_F(OutboundStreamTest, SwitchesUpAtTheKeyFrameOfTheBetterEncoding) {
  stream_ = OutboundStream(video(3));
  EXPECT_EQ(forward(packet(10, kKeyFrame), 0), 1000);
  EXPECT_EQ(forward(packet(9000), 2), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(2));
  EXPECT_EQ(forward(packet(11), 0), 1001);
  EXPECT_EQ(forward(packet(9001, kKeyFrame), 2), 1002);
  EXPECT_EQ(forward(packet(12), 0), std::nullopt);
  EXPECT_EQ(forward(packet(12, kKeyFrame), 0), std::nullopt);
  EXPECT_EQ(forward(packet(9002), 2), 1003);
}

TEST_F(OutboundStreamTest, GoesDownAtTheKeyFrameOfTheWorseEncoding) {
  stream_ = OutboundStream(video(2));
  EXPECT_EQ(forward(packet(500, kKeyFrame), 1), 1000);
  EXPECT_EQ(forward(packet(20), 0), std::nullopt);
  stream_.set_limit(Layer{0, 2});
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(stream_.current(), std::optional(Layer{1, 0}));
  EXPECT_EQ(forward(packet(501), 1), 1001) << "until then";
  EXPECT_EQ(forward(packet(21, kKeyFrame), 0), 1002);
  EXPECT_EQ(stream_.current(), std::optional(Layer{0, 0}));
  EXPECT_EQ(forward(packet(502), 1), std::nullopt);
}

TEST_F(OutboundStreamTest, GoesNoHigherThanTheClientWishes) {
  stream_ = OutboundStream(video(3));
  stream_.set_preferred(Layer{1, 0});
  EXPECT_EQ(forward(packet(19), 1), std::nullopt);
  EXPECT_EQ(forward(packet(500, kKeyFrame), 2), std::nullopt);
  EXPECT_EQ(forward(packet(20, kKeyFrame), 1), 1000);
  stream_.set_limit(Layer{2, 2});
  EXPECT_EQ(stream_.wants_key_frame(), std::nullopt);
  stream_.set_preferred(kHighestLayer);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(2));
}

TEST_F(OutboundStreamTest, GivesTheLowestThatIsAliveWhereNoneIsWithinTheWish) {
  stream_ = OutboundStream(video(3));
  stream_.set_active(0b110);
  stream_.set_limit(Layer{1, 2});  // the allocator's base: the lowest that is alive
  stream_.set_preferred({0, 0xff});
  EXPECT_EQ(forward(packet(500, kKeyFrame), 2), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(1));
  EXPECT_EQ(forward(packet(20, kKeyFrame), 1), 1000);
  EXPECT_EQ(forward(packet(700), 0), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(701, kKeyFrame), 0), 1001);
}

TEST_F(OutboundStreamTest, ForwardsNothingWithoutALimitAndLeavesNoGap) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  stream_.set_limit(std::nullopt);
  EXPECT_EQ(stream_.current(), std::nullopt);
  EXPECT_EQ(stream_.wants_key_frame(), std::nullopt);
  EXPECT_EQ(forward(packet(11, kKeyFrame)), std::nullopt);
  stream_.set_limit(Layer{0, 0});
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(12)), std::nullopt);
  EXPECT_EQ(forward(packet(13, kKeyFrame)), 1001);
}

TEST_F(OutboundStreamTest, TakesOnlyTheLowestTemporalLayerOfAnEncodingThatIsTooHigh) {
  const std::vector<std::uint8_t> upper = {0x90, 0x20, 0x40, 0x11, 0xaa};
  stream_ = OutboundStream(video(2));
  EXPECT_EQ(forward(packet(20), 0), std::nullopt);
  EXPECT_EQ(forward(packet(500, kKeyFrame, 0), 1), 1000);
  EXPECT_EQ(forward(packet(501, upper, 3000), 1), 1001);
  stream_.set_limit(Layer{0, 1});
  EXPECT_EQ(forward(packet(502, upper, 6000), 1), std::nullopt);
  EXPECT_EQ(forward(packet(503, kDeltaFrame, 9000), 1), 1002);
}

TEST_F(OutboundStreamTest, TakesRepairsOfPicturesAsFarBackAsReceiversAreSentThem) {
  EXPECT_EQ(forward(packet(10, kKeyFrame, 0)), 1000);
  EXPECT_EQ(forward(packet(12, kDeltaFrame, 6000)), 1002);
  for (std::uint32_t i = 4; i <= 122; ++i) EXPECT_TRUE(forward(packet(10 + i, kDeltaFrame, i * 3000)));
  EXPECT_EQ(forward(packet(11, kDeltaFrame, 3000)), 1001) << "all of a picture";
  EXPECT_EQ(forward(packet(13, kContinuation, 6000)), 1003) << "the rest of one";
}

TEST_F(OutboundStreamTest, LeavesADeadEncodingForTheNextBest) {
  stream_ = OutboundStream(video(2));
  EXPECT_EQ(forward(packet(500, kKeyFrame), 1), 1000);
  stream_.set_active(0b01);
  EXPECT_EQ(stream_.wants_key_frame(), std::optional<Encoding>(0));
  EXPECT_EQ(forward(packet(20), 0), std::nullopt);
  EXPECT_EQ(forward(packet(21, kKeyFrame), 0), 1001);
}

TEST_F(OutboundStreamTest, AnswersNackWithThePacketUnderANewRtxNumber) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(11)), 1001);
  now_ += 60ms;
  EXPECT_THAT(nack({1001, 1005}), ::testing::ElementsAre(1001));
  EXPECT_EQ(resends_[0].packet->rtp.seq, SeqNo(11));
  EXPECT_EQ(resends_[0].rtx_seq, ExtSeqNo(2000));
  now_ += 99ms;
  EXPECT_THAT(nack({1001}), ::testing::IsEmpty()) << "within one round trip, as it is assumed";
  now_ += 1ms;
  EXPECT_THAT(nack({1001}), ::testing::ElementsAre(1001));
  EXPECT_EQ(resends_[0].rtx_seq, ExtSeqNo(2001));
  EXPECT_EQ(stream_.resent_packets(), 2U);
}

TEST_F(OutboundStreamTest, SpacesRetransmissionsByTheRoundTripOfThePathUntilReportsTell) {
  stream_.set_path_rtt(300ms);
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  for (std::int64_t seq = 11; seq < 30; ++seq) EXPECT_TRUE(forward(packet(seq)));  // as many bytes may be sent again
  now_ += 149ms;
  EXPECT_THAT(nack({1000}), ::testing::IsEmpty()) << "it is still on its way";
  now_ += 1ms;
  EXPECT_THAT(nack({1000}), ::testing::ElementsAre(1000));
  now_ += 299ms;
  EXPECT_THAT(nack({1000}), ::testing::IsEmpty());
  now_ += 1ms;
  EXPECT_THAT(nack({1000}), ::testing::ElementsAre(1000));

  wire::ReportBlock block;
  block.last_sender_report = NtpTime::from(now_).compact();
  stream_.receive_report(now_ + 40ms, block);
  now_ += 50ms;
  EXPECT_THAT(nack({1000}), ::testing::ElementsAre(1000));
}

TEST_F(OutboundStreamTest, DoesNotFillAQueueWithWhatStandsInItAlready) {
  stream_.set_path_rtt(40ms);
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  for (std::int64_t seq = 11; seq < 30; ++seq) EXPECT_TRUE(forward(packet(seq)));
  now_ += 200ms;
  EXPECT_THAT(nack({1000}, {.present_rtt = 350ms}), ::testing::ElementsAre(1000));
  now_ += 349ms;
  EXPECT_THAT(nack({1000}, {.present_rtt = 350ms}), ::testing::IsEmpty());
  now_ += 1ms;
  EXPECT_THAT(nack({1000}, {.present_rtt = 350ms}), ::testing::ElementsAre(1000));
}

TEST_F(OutboundStreamTest, AnswersNackWithoutRtxByTheVeryPacketWithItsOwnStamp) {
  OutboundConfig config = video();
  config.header.rtx.reset();
  stream_ = OutboundStream(config);
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  const SendStamp first = stamp();
  now_ += 60ms;
  EXPECT_THAT(nack({1000, 1001}), ::testing::ElementsAre(1000));
  EXPECT_EQ(resends_[0].rtx_seq, std::nullopt);
  EXPECT_EQ(stream_.stamp_of(resends_[0].rewrite), first);
  EXPECT_NE(stamp(), first);
  for (std::int64_t i = 1; i <= 128; ++i) forward(packet(10 + i));
  EXPECT_EQ(stream_.stamp_of(resends_[0].rewrite), std::nullopt) << "too long ago to be repeated to the byte";
}

TEST_F(OutboundStreamTest, AnswersNoNackThatWasNotNegotiated) {
  OutboundConfig config = video();
  config.nack = false;
  stream_ = OutboundStream(config);
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_THAT(nack({1000}), ::testing::IsEmpty());
  EXPECT_EQ(pool_.in_use(), 0U) << "nor keeps what it could answer with";
}

TEST_F(OutboundStreamTest, ResendsNoMoreThanItSent) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  for (int i = 1; i < 20; ++i) EXPECT_TRUE(forward(packet(10 + i)));
  std::size_t resent = 0;
  for (int round = 0; round < 100; ++round) {
    now_ += 11ms;
    resent += nack({1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009}).size();
  }
  EXPECT_GE(resent, 10U);
  EXPECT_LE(resent, 21U);
}

TEST_F(OutboundStreamTest, ResendsWhatThePathAllowsAndTheRestWhenItIsAskedForAgain) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(11)), 1001);
  now_ += 60ms;
  EXPECT_THAT(nack({1000, 1001}, {.present_rtt = {}, .bytes = 1}), ::testing::ElementsAre(1000));
  EXPECT_THAT(nack({1001}, {.present_rtt = {}, .bytes = 0}), ::testing::IsEmpty());
  EXPECT_THAT(nack({1001}), ::testing::ElementsAre(1001));
}

TEST_F(OutboundStreamTest, CountsOfAnEmptyPacketNoPayload) {
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(12, kKeyFrame)), 1002);
  PacketRef large = packet(11, std::vector<std::uint8_t>(1000, 0x10));
  const Rewrite empty{.seq = ExtSeqNo(1001), .timestamp = RtpTimestamp(50'000), .empty = 1};
  stream_.sent(now_, large, empty, stamp());
  EXPECT_EQ(stream_.payload_bytes(), 2 * kKeyFrame.size());
  now_ += 60ms;
  EXPECT_THAT(nack({1001, 1000}, {.present_rtt = {}, .bytes = 20}), ::testing::ElementsAre(1001, 1000));
  EXPECT_EQ(resends_[0].rewrite, empty);
  EXPECT_EQ(stream_.resent_payload_bytes(), kKeyFrame.size());
  now_ += 200ms;
  EXPECT_THAT(nack({1001}), ::testing::IsEmpty()) << "nor is it free: both took what may be sent again";
}

TEST_F(OutboundStreamTest, ResendsNoLargePacketForEverySmallOneItSent) {
  std::vector<std::uint8_t> large = kKeyFrame;
  large.resize(1000);
  EXPECT_EQ(forward(packet(10, large)), 1000);
  std::size_t resent = 0;
  for (int i = 1; i <= 15; ++i) {
    now_ += 110ms;
    EXPECT_TRUE(forward(packet(10 + i)));
    resent += nack({1000}).size();
  }
  EXPECT_EQ(resent, 2U);  // the first, and one that took what was left
}

TEST_F(OutboundStreamTest, ReportsWhatItSentAndWhatTimeItIs) {
  EXPECT_EQ(stream_.sender_info(now_), std::nullopt);
  EXPECT_EQ(forward(packet(10, kKeyFrame)), 1000);
  EXPECT_EQ(forward(packet(11)), 1001);
  const auto info = stream_.sender_info(now_ + 1s);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ntp, NtpTime::from(now_ + 1s));
  EXPECT_EQ(info->rtp, RtpTimestamp(50'000 + 90'000));
  EXPECT_EQ(info->packets, 2U);
  EXPECT_EQ(info->payload_bytes, kKeyFrame.size() + kDeltaFrame.size());
}

TEST_F(OutboundStreamTest, ReportsTheTimeOfASourceThatHasSetItsTimestampsBack) {
  EXPECT_EQ(forward(packet(10, kKeyFrame, 900'000)), 1000);
  now_ += 1s;
  const PacketRef back = packet(11, kDeltaFrame, 9000);
  const RtpTimestamp sent(50'000U + 9000 - 900'000);
  EXPECT_EQ(forward(back), 1001);
  EXPECT_EQ(stream_.sender_info(now_)->rtp, sent);
  EXPECT_EQ(forward(packet(9, kDeltaFrame, 800'000)), std::nullopt);
  EXPECT_EQ(stream_.sender_info(now_)->rtp, sent);
}

TEST_F(OutboundStreamTest, ReportsTheTimeOfTheNewestPacketWhateverComesLate) {
  EXPECT_EQ(forward(packet(10, kKeyFrame, 0)), 1000);
  now_ += 100ms;
  EXPECT_EQ(forward(packet(12, kDeltaFrame, 9000)), 1002);
  now_ += 1s;
  EXPECT_EQ(forward(packet(11, kDeltaFrame, 4500)), 1001);
  EXPECT_EQ(stream_.sender_info(now_)->rtp, RtpTimestamp(50'000 + 9000 + 90'000));
}

class OutboundStreamOfSimulcast : public OutboundStreamTest {
 protected:
  OutboundStreamOfSimulcast() { stream_ = OutboundStream(video(2)); }
  PacketRef captured_at(std::int64_t seq, Instant captured, std::uint32_t timestamp, bool key = true) {
    PacketBuilder builder =
        build(pool_, {.seq = static_cast<std::uint16_t>(seq), .timestamp = timestamp, .payload = kKeyFrame});
    builder->seq = ExtSeqNo(seq);
    builder->captured = captured;
    builder->info.key_frame = key;
    return builder.publish();
  }
};

// Two encodings of one picture take different times to make and to send; its timestamps know nothing of that.
TEST_F(OutboundStreamOfSimulcast, KeepsTheTimeOfCaptureAcrossASwitch) {
  EXPECT_EQ(timestamp(captured_at(10, now_ - 20ms, 7000), 0), 50'000U);
  EXPECT_EQ(timestamp(captured_at(900, now_ - 10ms, 123'456), 1), 50'900U);
  EXPECT_EQ(stream_.sender_info(now_), std::nullopt);
  stream_.sent(now_, captured_at(900, now_ - 10ms, 123'456), {ExtSeqNo(1001), RtpTimestamp(50'900)}, {});
  EXPECT_EQ(stream_.sender_info(now_)->rtp, RtpTimestamp(51'800)) << "what is captured now";
  stream_.set_active(0b01);
  EXPECT_EQ(timestamp(captured_at(11, now_ - 15ms, 9000), 0), 50'901U) << "timestamps never step back at a switch";
}

TEST_F(OutboundStreamOfSimulcast, ShowsAMomentOnceWhereItsKeyFrameComesFirst) {
  EXPECT_EQ(timestamp(captured_at(10, now_, 7000), 0), 50'000U);
  EXPECT_EQ(timestamp(captured_at(900, now_ + 33ms, 123'456), 1), 52'970U);
  EXPECT_EQ(forward(captured_at(11, now_ + 33ms, 9970, false), 0), std::nullopt);
}

TEST_F(OutboundStreamOfSimulcast, ShowsAMomentOnceMoreWhereItsKeyFrameComesBehindThePictureOfTheOtherEncoding) {
  EXPECT_EQ(timestamp(captured_at(10, now_, 7000), 0), 50'000U);
  EXPECT_EQ(timestamp(captured_at(11, now_ + 33ms, 9970, false), 0), 52'970U);
  EXPECT_EQ(timestamp(captured_at(900, now_ + 33ms, 123'456), 1), 52'971U) << "and not before it";
  EXPECT_EQ(timestamp(captured_at(901, now_ + 66ms, 126'426, false), 1), 55'941U);
}

TEST_F(OutboundStreamTest, CountsThePacketsBetweenTwoReports) {
  wire::ReportBlock block;
  block.highest_seq = 0xffff;
  EXPECT_EQ(stream_.receive_report(now_, block).expected, 0U) << "the first";
  block.highest_seq = 0x1'0063;
  EXPECT_EQ(stream_.receive_report(now_, block).expected, 100U);
  block.highest_seq = 0x1'0000;
  EXPECT_EQ(stream_.receive_report(now_, block).expected, 0U) << "numbers do not step back";
}

TEST_F(OutboundStreamTest, MeasuresTheRoundTripFromReports) {
  wire::ReportBlock block;
  block.fraction_lost = 64;
  block.jitter = 900;
  EXPECT_EQ(stream_.receive_report(now_, block).rtt(), std::nullopt);
  EXPECT_EQ(stream_.remote_report()->fraction_lost, 0.25);
  EXPECT_EQ(stream_.remote_report()->jitter, 10ms);

  block.last_sender_report = NtpTime::from(now_).compact();
  block.since_sender_report = to_compact_ntp(500ms);
  const auto rtt = stream_.receive_report(now_ + 620ms, block).rtt();
  ASSERT_TRUE(rtt);
  EXPECT_NEAR(static_cast<double>(*rtt / 1us), 120'000, 50);

  block.last_sender_report = 0;
  EXPECT_EQ(stream_.receive_report(now_ + 1s, block).rtt(), rtt) << "the last known stays";
  block.last_sender_report = NtpTime::from(now_ - 1h).compact();
  EXPECT_EQ(stream_.receive_report(now_ + 1s, block).rtt(), rtt) << "nonsense is not believed";
  EXPECT_EQ(stream_.remote_report()->rtt_measurements, 1U);
  EXPECT_EQ(stream_.remote_report()->total_rtt, rtt);
}

// Whatever sources, pauses, losses, repairs and restarts do: each packet goes out under a number of its own, numbers
// never fall far back, and what only we left out leaves no gap.
TEST_F(OutboundStreamTest, NeverUsesANumberTwice) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed);
    stream_ = OutboundStream(video(2));
    std::array<std::int64_t, 2> next{65'536, 80'000};
    std::array<std::set<std::int64_t>, 2> held;
    std::set<std::int64_t> used;
    for (int i = 0; i < 3000; ++i) {
      now_ += 3ms;
      if (rng.chance(0.005)) stream_.paused() ? stream_.resume() : stream_.pause();
      if (rng.chance(0.003)) stream_.set_active(static_cast<std::uint8_t>(1 + rng.below(3)));
      const auto source = static_cast<Encoding>(rng.below(2));
      if (rng.chance(0.002)) next[source] += 4000;
      std::int64_t seq = next[source]++;
      if (rng.chance(0.1)) {
        held[source].insert(seq);
        continue;
      }
      if (rng.chance(0.05) && !held[source].empty()) seq = held[source].extract(held[source].begin()).value();
      const auto out = forward(packet(seq, rng.chance(0.1) ? kKeyFrame : kDeltaFrame), source);
      if (out) {
        ASSERT_TRUE(used.insert(*out).second) << "seed " << seed;
      }
    }
    ASSERT_GT(used.size(), 100U);
    ASSERT_GE(*used.begin(), 1000);
  }
}

TEST(OutboundStream, StaysSmall) {
  EXPECT_LE(sizeof(OutboundStream), 384U);
}

}  // namespace
}  // namespace consomme::media
