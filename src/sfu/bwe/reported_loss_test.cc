#include "sfu/bwe/reported_loss.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

// 100 packets a second and what padding is asked for, over a link; a report a second.
class ReportedLossTest : public testing::Test {
 protected:
  // What the link loses by itself.
  std::optional<double> report(double own) {
    double padding = 0;
    for (const Instant until = now_ + 1s; now_ < until; now_ += 10ms) {
      loss_.sent(kPacket);
      if (now_ < loss_.deadline()) continue;
      for (std::size_t due = loss_.due(now_); due > 0; due -= std::min(due, kPacket), ++padding) loss_.sent(kPacket);
      loss_.padded(now_);
    }
    padding_ += padding;
    const double sent = 100 + padding;
    return loss_.add(now_, sent - std::min(sent, carries_) * (1 - own), sent);
  }
  // Of some seconds.
  std::optional<double> reports(double own, int seconds) {
    std::optional<double> last;
    for (int i = 0; i < seconds; ++i)
      if (const auto share = report(own)) last = share;
    return last;
  }

  static constexpr std::size_t kPacket = 1200;
  double carries_ = 1000;  // packets a second
  double padding_ = 0;     // packets
  ReportedLoss loss_;
  Instant now_{1000s};
};

TEST_F(ReportedLossTest, IsTheShareThatIsReported) {
  EXPECT_EQ(report(0), 0);
  EXPECT_NEAR(report(0.05).value(), 0.05, 0.001);
}

TEST_F(ReportedLossTest, WaitsForTwentyPackets) {
  EXPECT_EQ(loss_.add(now_, 10, 19), std::nullopt);
  EXPECT_EQ(loss_.add(now_ + 1s, 5, 11), 0.5);
}

TEST_F(ReportedLossTest, WaitsForMorePacketsWhereMuchMayBeChance) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(loss_.add(now_, 4, 30), std::nullopt);
  EXPECT_EQ(loss_.add(now_, 4, 20), 0.14) << "28 of 200";
}

TEST_F(ReportedLossTest, FindsOutByPaddingThatALinkLosesByItself) {
  report(0.15);
  EXPECT_EQ(report(0.15), std::nullopt) << "begins to look into it";
  EXPECT_NEAR(reports(0.15, 2).value(), 0, 0.001);
  EXPECT_NEAR(loss_.own(), 0.15, 0.001);
  EXPECT_NEAR(padding_, 60, 3) << "three tenths of two seconds";
  EXPECT_NEAR(reports(0.15, 20).value(), 0, 0.001);
  EXPECT_NEAR(padding_, 60, 3) << "that is known now";
}

TEST_F(ReportedLossTest, FindsOutByPaddingThatALinkIsFull) {
  carries_ = 85;
  EXPECT_NEAR(reports(0, 4).value(), 0.15, 0.001);
  EXPECT_EQ(loss_.own(), 0);
}

TEST_F(ReportedLossTest, TellsOfWhatALinkLosesBesides) {
  reports(0.15, 4);
  carries_ = 70;
  EXPECT_NEAR(report(0.15).value(), 0.255, 0.001);
}

TEST_F(ReportedLossTest, ForgetsWhatALinkLosesNoMore) {
  reports(0.15, 4);
  reports(0, 10);
  EXPECT_LT(loss_.own(), 0.05);
  EXPECT_NEAR(reports(0.08, 1).value(), 0.04, 0.001);
}

TEST_F(ReportedLossTest, LooksIntoNoLossThatIsDrasticOrBehindAQueue) {
  EXPECT_NEAR(reports(0.3, 2).value(), 0.3, 0.001);
  EXPECT_EQ(loss_.add(now_ + 1s, 30, 200, true), 0.15);
  EXPECT_EQ(padding_, 0);
}

TEST_F(ReportedLossTest, ConcludesNothingFromReportsThatComeTooLate) {
  report(0.15);
  report(0.15);
  now_ += 6s;
  loss_.add(now_, 90, 600);
  loss_.add(now_ += 7s, 105, 700);
  EXPECT_EQ(loss_.own(), 0);
}

TEST_F(ReportedLossTest, PadsNoLongerThanFiveSecondsWhereNobodyReports) {
  report(0.15);
  report(0.15);
  double padding = 0;
  for (const Instant until = now_ + 20s; now_ < until; now_ += 20ms) {
    const std::size_t due = loss_.due(now_);
    loss_.sent(due);
    loss_.padded(now_);
    padding += static_cast<double>(due);
  }
  EXPECT_NEAR(padding, 5 * 1.3 * 100 * kPacket, 10 * kPacket) << "of everything, as there was nothing else";
}

}  // namespace
}  // namespace consomme::bwe
