#include "sfu/bwe/probe_cluster.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr ProbeCluster::Plan kPlan{.id = 1, .target = kbps(1600), .span = 20ms, .min_packets = 5};

class ProbeClusterTest : public testing::Test {
 protected:
  // A packet of 1000 bytes that takes `way` to its receiver; nullopt: lost.
  void pass(Duration sent, std::optional<Duration> way) {
    cluster_.sent(kStart + sent, 1000);
    const auto arrived = way ? std::optional(kStart + sent + *way) : std::nullopt;
    cluster_.receive({.seq = seq_++, .sent = kStart + sent, .arrived = arrived, .bytes = 1000, .cluster = 1});
  }
  // Sent `apart`, arriving as far apart as the link needs for each.
  void burst(int packets, Duration apart, Duration link) {
    for (int i = 0; i < packets; ++i) pass(i * apart, 50ms + i * (link - apart));
  }
  static double in_kbps(std::optional<Bitrate> rate) {
    return static_cast<double>(rate.value_or(Bitrate(0)).value()) / 1000;
  }

  ProbeCluster cluster_{kStart, kPlan};
  std::int64_t seq_ = 0;
};

TEST_F(ProbeClusterTest, WantsWhatIsMissingToItsRateAtTheEndOfATick) {
  EXPECT_EQ(cluster_.due(kStart), 1000U);
  cluster_.sent(kStart, 600);
  EXPECT_EQ(cluster_.due(kStart), 400U);
  cluster_.sent(kStart, 400);
  EXPECT_EQ(cluster_.due(kStart), 0U);
  cluster_.tick(kStart);
  EXPECT_EQ(cluster_.next(), kStart + 5ms);
  EXPECT_EQ(cluster_.due(kStart + 5ms), 1000U);
}

TEST_F(ProbeClusterTest, HasPacketsNoLargerThanPlannedOnNarrowLinks) {
  const auto packet_of = [](Bitrate target, Bitrate believed) {
    return ProbeCluster(kStart, {.id = 1, .target = target, .believed = believed, .span = 70ms, .min_packets = 5})
        .packet();
  };
  EXPECT_EQ(packet_of(kbps(30), kbps(30)), ProbeCluster::kMinPacket);
  EXPECT_EQ(packet_of(kbps(200), kbps(100)), 350U);
  EXPECT_EQ(packet_of(kbps(2000), kbps(100)), ProbeCluster::kFullPacket);
  EXPECT_EQ(packet_of(kbps(300), kbps(200)), ProbeCluster::kFullPacket);
}

TEST_F(ProbeClusterTest, WantsNothingWhereMediaSentMore) {
  cluster_.sent(kStart, 10'000);
  EXPECT_EQ(cluster_.due(kStart + 40ms), 0U);
}

TEST_F(ProbeClusterTest, WantsTheWholeRateOfWhatIsJudgedWhateverMediaSentBefore) {
  ProbeCluster::Plan plan = kPlan;
  plan.skip = 10ms;
  cluster_ = ProbeCluster(kStart, plan);
  cluster_.sent(kStart, 10'000);
  EXPECT_EQ(cluster_.due(kStart + 9ms), 0U);
  EXPECT_EQ(cluster_.due(kStart + 10ms), 1000U);
}

TEST_F(ProbeClusterTest, LeavesAQueueOfWhatTheLinkDidNotCarryInItsSpan) {
  EXPECT_EQ(cluster_.queue_made(kbps(800)), 20ms);
  EXPECT_EQ(cluster_.queue_made(kbps(1600)), 0ms);
  EXPECT_GT(cluster_.queue_made(Bitrate(0)), 1h) << "of a receiver whose clock is absurd";
}

TEST_F(ProbeClusterTest, SaysThatTheLinkOverflowedOnlyWhereEnoughWasSentToTell) {
  for (int i = 0; i < 14; ++i) pass(i * 1ms, i % 2 == 0 ? std::optional(50ms) : std::nullopt);
  EXPECT_FALSE(cluster_.overflowed(0));
  pass(14ms, 50ms);
  EXPECT_TRUE(cluster_.overflowed(0));
  EXPECT_FALSE(cluster_.overflowed(0.3)) << "it loses as much whatever is sent";
}

TEST_F(ProbeClusterTest, IsCompleteAfterItsSpanAndPackets) {
  for (int i = 0; i < 4; ++i) cluster_.sent(kStart, 1000);
  EXPECT_FALSE(cluster_.complete(kStart + 20ms));
  cluster_.sent(kStart + 19ms, 1000);
  EXPECT_FALSE(cluster_.complete(kStart + 19ms));
  EXPECT_TRUE(cluster_.complete(kStart + 20ms));
}

TEST_F(ProbeClusterTest, IsOverdueWhenPaddingRunsDry) {
  EXPECT_FALSE(cluster_.overdue(kStart + 179ms));
  EXPECT_TRUE(cluster_.overdue(kStart + 180ms));
}

TEST_F(ProbeClusterTest, MeasuresTheRateAtWhichItLeftWhereTheLinkIsWider) {
  burst(11, 5ms, 5ms);
  EXPECT_NEAR(in_kbps(cluster_.measured(0)), 1600, 1);
}

TEST_F(ProbeClusterTest, MeasuresTheRateAtWhichItArrivedWhereTheLinkIsNarrower) {
  burst(11, 5ms, 8ms);
  EXPECT_NEAR(in_kbps(cluster_.measured(0)), 1000, 1);
}

TEST_F(ProbeClusterTest, CountsNotTheBytesThatLeftLast) {
  for (int i = 0; i < 5; ++i)
    for (int k = 0; k < 2; ++k) pass(i * 10ms, 50ms);
  EXPECT_NEAR(in_kbps(cluster_.measured(0)), 1600, 1) << "eight packets in 40 ms";
}

TEST_F(ProbeClusterTest, MeasuresWhatTheLinkLosesByItselfAsCarried) {
  for (int i = 0; i < 20; ++i) pass(i * 5ms, i % 10 == 5 ? std::nullopt : std::optional(50ms));
  EXPECT_NEAR(in_kbps(cluster_.measured(0)), 1600 * 0.9, 30);
  EXPECT_NEAR(in_kbps(cluster_.measured(0.1)), 1600, 30);
}

TEST_F(ProbeClusterTest, CreditsALossyLinkWithNoMoreThanWasLost) {
  burst(11, 5ms, 8ms);
  EXPECT_NEAR(in_kbps(cluster_.measured(0.2)), 1000, 1) << "nothing was";
  EXPECT_NEAR(in_kbps(cluster_.but_for_loss()), 1000, 1);
}

TEST_F(ProbeClusterTest, TellsWhatItWouldHaveMeasuredWithoutAnyLoss) {
  for (int i = 0; i < 20; ++i) pass(i * 5ms, i % 10 == 5 ? std::nullopt : std::optional(50ms));
  EXPECT_NEAR(in_kbps(cluster_.but_for_loss()), 1600, 30);
}

TEST_F(ProbeClusterTest, MeasuresNothingWhereTooMuchWasLostOrTooLittleCame) {
  burst(3, 5ms, 5ms);
  EXPECT_EQ(cluster_.measured(0), std::nullopt);
  for (int i = 3; i < 20; ++i) pass(i * 5ms, i % 2 == 0 ? std::nullopt : std::optional(50ms));
  EXPECT_EQ(cluster_.measured(0), std::nullopt);
  EXPECT_NE(cluster_.measured(0.3), std::nullopt);
}

TEST_F(ProbeClusterTest, MeasuresNothingWhereAllLeftAtOnce) {
  for (int i = 0; i < 10; ++i) pass(0ms, 50ms + i * 5ms);
  EXPECT_EQ(cluster_.measured(0), std::nullopt);
}

TEST_F(ProbeClusterTest, TellsWhatWasLostOfFifteenPacketsAndMore) {
  for (int i = 0; i < 14; ++i) pass(i * 5ms, i < 3 ? std::nullopt : std::optional(50ms));
  EXPECT_EQ(cluster_.lost(), std::nullopt);
  pass(70ms, 50ms);
  EXPECT_NEAR(cluster_.lost().value_or(0), 0.2, 0.001);
}

TEST_F(ProbeClusterTest, IsToldOfWhenEachPacketIs) {
  cluster_.sent(kStart, 1000);
  cluster_.sent(kStart + 5ms, 1000);
  cluster_.receive({.seq = 0, .sent = kStart, .arrived = kStart + 50ms, .bytes = 1000, .cluster = 1});
  EXPECT_FALSE(cluster_.all_told());
  cluster_.receive({.seq = 1, .sent = kStart + 5ms, .arrived = {}, .bytes = 1000, .cluster = 1});
  EXPECT_TRUE(cluster_.all_told());
}

}  // namespace
}  // namespace consomme::bwe
