// The estimate over a link whose queue is a sum: how well it does over real ones is held in tests/sim.
#include "sfu/bwe/report_estimate.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

class ReportEstimateTest : public testing::Test {
 protected:
  // Media of this rate and what padding is asked for, over the link; both sides report once a second, half a second
  // apart. `lost`: the share that a receiver says is lost.
  void run(Bitrate media, Duration span, double lost = 0) {
    for (const Instant until = now_ + span; now_ < until; now_ += kStep) {
      queue_ = std::max(0.0, queue_ - bytes_in(link_, kStep));
      send(bytes_in(media, kStep));
      if (estimate_.heard() || !estimate_.believed()) sound();
      if (now_ >= next_report_ || estimate_.wants_report(now_)) report();
      if (now_ >= next_answer_) answer(lost);
    }
  }
  void sound() {
    if (now_ >= estimate_.deadline(wanted_)) estimate_.expire(now_, wanted_);
    const auto due = static_cast<double>(estimate_.due(now_));
    send(due);
    padding_ += due;
    estimate_.padded(now_);
  }
  void send(double bytes) {
    queue_ += bytes;
    estimate_.sent(static_cast<std::size_t>(bytes));
  }
  void report() {
    estimate_.sent_report(now_);
    seen_ = {NtpTime::from(now_).compact(), {}};
    arrives_ = now_ + path_ + time_of(queue_, link_);
    next_report_ = now_ + 1s;
  }
  void answer(double lost) {
    next_answer_ = now_ + 1s;
    if (now_ < arrives_) return;
    SeenReport seen = seen_;
    seen.since = now_ - arrives_;
    estimate_.receive(now_, seen, 50 * lost, 50);
  }
  double rate() const { return static_cast<double>(estimate_.rate().value()) / 1000; }
  double queue_ms() const { return 1000 * seconds(time_of(queue_, link_)); }

  static constexpr Duration kStep = 5ms;
  Duration path_ = 20ms;
  Bitrate link_ = kbps(2500);
  Wanted wanted_{.next = kbps(1700), .all = kbps(1700)};
  ReportEstimate estimate_{kbps(600), kbps(600)};
  Instant now_{1000s};
  Instant next_report_ = now_ + 500ms;
  Instant next_answer_ = now_ + 1s;
  Instant arrives_ = kNever;
  SeenReport seen_;
  double queue_ = 0;    // bytes
  double padding_ = 0;  // bytes
};

TEST_F(ReportEstimateTest, IsTheStartUntilASenderReportIsAnswered) {
  estimate_.receive(now_, {}, 0, 100);
  EXPECT_FALSE(estimate_.heard());
  EXPECT_EQ(rate(), 600);
  run(kbps(500), 1500ms);
  EXPECT_TRUE(estimate_.heard());
  EXPECT_FALSE(estimate_.limited());
  EXPECT_EQ(rate(), 600);
}

TEST_F(ReportEstimateTest, TriesTheStartWhereItIsInDoubt) {
  estimate_.doubt();
  run(kbps(150), 900ms);
  EXPECT_EQ(rate(), 200);
  EXPECT_GT(padding_, 0);
  run(kbps(150), 200ms);
  EXPECT_EQ(rate(), 600);
  EXPECT_TRUE(estimate_.informed());
  EXPECT_FALSE(estimate_.limited());
}

TEST_F(ReportEstimateTest, DoesNotBelieveInAStartThatANarrowLinkContradicts) {
  estimate_.doubt();
  link_ = kbps(300);
  estimate_.measured(now_, path_);
  run(kbps(150), 1500ms);
  EXPECT_NEAR(rate(), 285, 10);
  EXPECT_TRUE(estimate_.limited());
}

TEST_F(ReportEstimateTest, TriesNoMoreThanWhatIsOfUse) {
  estimate_.doubt();
  wanted_ = {.next = kbps(250), .all = kbps(300)};
  run(kbps(150), 900ms);
  EXPECT_NEAR(padding_, bytes_in(kbps(225), 200ms), 500) << "a quarter more than that is sent, for a fifth of a second";
}

TEST_F(ReportEstimateTest, BelievesInTheStartWhereNobodyAnswers) {
  estimate_.doubt();
  next_answer_ = kNever;
  run(kbps(150), 5900ms);
  EXPECT_EQ(rate(), 200);
  run(kbps(150), 200ms);
  EXPECT_EQ(rate(), 600);
  EXPECT_FALSE(estimate_.informed());
}

TEST_F(ReportEstimateTest, DoubtsNothingThatTheLinkHasShown) {
  run(kbps(500), 6s);
  const double before = rate();
  estimate_.doubt();
  EXPECT_EQ(rate(), before);
}

TEST_F(ReportEstimateTest, KnowsWhatArrivesFromTheSecondAnswerOn) {
  run(kbps(500), 1500ms);
  EXPECT_EQ(estimate_.arriving(), Bitrate());
  wanted_ = {};
  run(kbps(500), 2s);
  EXPECT_NEAR(static_cast<double>(estimate_.arriving().value()), 500'000, 10'000);
}

TEST_F(ReportEstimateTest, ReachesThreeTimesTheStartInAFewSeconds) {
  run(kbps(500), 6s);
  EXPECT_GE(rate(), 1700);
  EXPECT_LT(rate(), 2125) << "no more was of use";
  EXPECT_TRUE(estimate_.informed());
  EXPECT_FALSE(estimate_.limited());
}

TEST_F(ReportEstimateTest, SendsPaddingOnlyWhereABetterLayerNeedsMore) {
  wanted_.next = kbps(600);
  run(kbps(500), 20s);
  EXPECT_EQ(padding_, 0);
  EXPECT_EQ(rate(), 600);
}

TEST_F(ReportEstimateTest, IsALittleBelowWhatAFullLinkCarries) {
  link_ = kbps(800);
  run(kbps(500), 10s);
  EXPECT_NEAR(rate(), 760, 10);
  EXPECT_TRUE(estimate_.limited());
}

TEST_F(ReportEstimateTest, SoundsAFullLinkMoreAndMoreSeldom) {
  link_ = kbps(600);
  run(kbps(500), 60s);
  const double before = std::exchange(padding_, 0);
  run(kbps(500), 60s);
  EXPECT_LT(padding_, before / 2);
  EXPECT_GT(padding_, 0) << "it may carry more one day";
}

TEST_F(ReportEstimateTest, MakesNoQueueOfMoreThanHalfASounding) {
  link_ = kbps(600);
  double longest = 0;
  for (int i = 0; i < 12'000; ++i) {
    run(kbps(500), 5ms);
    longest = std::max(longest, queue_ms());
  }
  EXPECT_NEAR(longest, 100, 20);
}

TEST_F(ReportEstimateTest, FallsToWhatArrivesWhereAQueueStands) {
  run(kbps(500), 6s);
  link_ = kbps(1000);
  run(kbps(1200), 4s);
  EXPECT_NEAR(rate(), 850, 50);
  EXPECT_EQ(estimate_.evidence(), Patience::Evidence::kQueue);
}

TEST_F(ReportEstimateTest, FallsAtOnceWhereMuchIsLostBehindAQueue) {
  run(kbps(500), 6s);
  link_ = kbps(1000);
  const double before = rate();
  run(kbps(1150), 3s, 0.2);
  EXPECT_LT(rate(), 0.5 * before);
}

TEST_F(ReportEstimateTest, TakesALongerPathForAQueueNoLongerThanHalfAMinute) {
  run(kbps(500), 6s);
  path_ = 120ms;
  run(kbps(500), 10s);
  EXPECT_LT(rate(), 500);
  run(kbps(500), 50s);
  EXPECT_GE(rate(), 1700);
}

TEST_F(ReportEstimateTest, FallsByHalfTheLossAboveTenPercent) {
  run(kbps(500), 3s, 0.3);
  EXPECT_NEAR(rate(), 434, 1);  // twice
  EXPECT_TRUE(estimate_.limited());
}

TEST_F(ReportEstimateTest, WaitsForTwentyPacketsBeforeItJudgesWhatIsLost) {
  estimate_.receive(now_, {}, 10, 19);
  EXPECT_EQ(rate(), 600);
  estimate_.receive(now_, {}, 5, 11);
  EXPECT_EQ(rate(), 450) << "15 of 30";
}

TEST_F(ReportEstimateTest, FindsOutThatALinkLosesByItselfAndRises) {
  run(kbps(500), 15s, 0.15);
  EXPECT_GE(rate(), 1700);
  EXPECT_FALSE(estimate_.limited());
}

TEST_F(ReportEstimateTest, BelievesNoSoundingOfWhichMuchIsLost) {
  run(kbps(500), 1500ms);
  run(kbps(500), 2s, 0.5);
  EXPECT_LT(rate(), 400);
}

TEST_F(ReportEstimateTest, RisesBehindALinkThatLosesALittleByItself) {
  run(kbps(500), 6s, 0.08);
  EXPECT_GE(rate(), 1700);
}

TEST_F(ReportEstimateTest, RisesAgainWhenALinkThatWasFullCarriesMore) {
  link_ = kbps(600);
  run(kbps(500), 10s);
  EXPECT_LT(rate(), 600);
  link_ = kbps(2500);
  run(kbps(500), 45s);
  EXPECT_GE(rate(), 1700);
}

TEST_F(ReportEstimateTest, FallsToNoNothing) {
  run(kbps(500), 3s);
  run(kbps(500), 60s, 0.996);
  EXPECT_GE(rate(), 30);
  run(kbps(0), 60s);
  EXPECT_GE(rate(), 400);
}

}  // namespace
}  // namespace consomme::bwe
