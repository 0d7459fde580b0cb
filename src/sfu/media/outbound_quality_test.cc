#include "sfu/media/outbound_quality.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

// A stream of sound, fifty packets a second, assessed once a second.
class OutboundQualityTest : public ::testing::Test {
 protected:
  OutboundQualityTest() { quality_.begin(now_, stream_); }
  void send(int packets = 50) {
    for (int i = 0; i < packets; ++i) {
      ++seq_;
      const PacketRef packet = publish(pool_, now_, seq_, {.seq = static_cast<std::uint16_t>(seq_)});
      if (const auto rewrite = stream_.plan(*packet, 0)) stream_.sent(now_, packet, *rewrite, {});
    }
  }
  // A report about what was sent last; no loss is 0, all of it 255.
  void report(std::uint8_t fraction_lost) {
    wire::ReportBlock block;
    block.fraction_lost = fraction_lost;
    stream_.receive_report(now_, block);
  }
  // What its receiver misses of all that was sent so far.
  void report_lost(std::int32_t cumulative) {
    wire::ReportBlock block;
    block.cumulative_lost = cumulative;
    block.highest_seq = static_cast<std::uint32_t>(seq_);
    quality_.note(stream_.receive_report(now_, block), stream_);
  }
  Score assess() {
    now_ += 1s;
    return quality_.assess(now_, stream_);
  }

  PacketPool pool_{1000};
  OutboundStream stream_{{.codec = wire::Codec::kOpus, .clock_rate = 48000}};
  OutboundQuality quality_;
  Instant now_ = kStart;
  std::int64_t seq_ = 100;
};

TEST_F(OutboundQualityTest, IsPerfectUntilTheReceiverReportsALoss) {
  send();
  EXPECT_EQ(assess(), 10);
  send();
  report(0);
  EXPECT_EQ(assess(), 10);
  for (int i = 0; i < 10; ++i) {
    send();
    report(51);  // a fifth
    assess();
  }
  EXPECT_EQ(quality_.score(), 4);
}

TEST_F(OutboundQualityTest, IsZeroBeforeAnythingWasSentAndTwoSecondsAfterTheLastPacket) {
  EXPECT_EQ(assess(), 0);
  send();
  EXPECT_EQ(assess(), 10);
  EXPECT_EQ(assess(), 10);
  EXPECT_EQ(assess(), 0);
  send();
  EXPECT_EQ(assess(), 10);
}

TEST_F(OutboundQualityTest, IsZeroWhenTheReceiverHasSaidNothingForFifteenSeconds) {
  for (int i = 0; i < 14; ++i) {
    send();
    EXPECT_EQ(assess(), 10) << i;
  }
  send();
  EXPECT_EQ(assess(), 0);
  send();
  report(0);
  EXPECT_EQ(assess(), 10);
}

TEST_F(OutboundQualityTest, ListensToNoReportFromBeforeASilence) {
  send();
  report(128);
  EXPECT_LT(assess(), 5);
  for (int i = 0; i < 3; ++i) assess();
  send();
  EXPECT_EQ(assess(), 10);
  send();
  report(128);
  EXPECT_LT(assess(), 10);
}

TEST_F(OutboundQualityTest, BeginsAnewBehindAPause) {
  send();
  report(128);
  EXPECT_LT(assess(), 5);
  now_ += 60s;
  quality_.begin(now_, stream_);
  send();
  EXPECT_EQ(assess(), 10);
  EXPECT_EQ(quality_.bitrate(), Bitrate(50 * static_cast<std::int64_t>(kDeltaFrame.size()) * 8));
}

TEST_F(OutboundQualityTest, FallsWithTheLossOfASoundThatPauses) {
  for (int i = 0; i < 60; ++i) {
    send(3);
    report(51);  // a fifth
    assess();
  }
  EXPECT_EQ(quality_.score(), 4);
}

TEST_F(OutboundQualityTest, MeasuresTheBitrate) {
  assess();
  send();
  assess();
  EXPECT_EQ(quality_.bitrate(), Bitrate(50 * static_cast<std::int64_t>(kDeltaFrame.size()) * 8));
  assess();
  EXPECT_EQ(quality_.bitrate(), Bitrate(0));
}

TEST_F(OutboundQualityTest, LosesForHalfAMinuteBehindMoreLossesThanOneInAHundred) {
  send(200);
  report_lost(2);
  EXPECT_FALSE(quality_.loses(now_));
  send(200);
  report_lost(3);
  EXPECT_FALSE(quality_.loses(now_)) << "one more";
  send(200);
  report_lost(6);
  EXPECT_TRUE(quality_.loses(now_));
  now_ += 29s;
  send(200);
  report_lost(6);
  EXPECT_TRUE(quality_.loses(now_));
  now_ += 1s;
  EXPECT_FALSE(quality_.loses(now_));
}

TEST_F(OutboundQualityTest, LosesNothingThatItsSourceHadLostBefore) {
  send(100);
  report_lost(0);
  seq_ += 20;  // whose numbers stay free
  send(100);
  report_lost(20);
  EXPECT_FALSE(quality_.loses(now_));
  send(100);
  report_lost(25);
  EXPECT_TRUE(quality_.loses(now_));
}

}  // namespace
}  // namespace consomme::media
