#include "sfu/bwe/prober.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr Wanted kMuch{.next = kbps(600), .all = kbps(20'000)};
constexpr std::uint32_t kPacket = 1000;

// A prober whose padding, and nothing else, goes over a link of which 500 kbit/s are believed. Feedback comes at once.
class ProberTest : public testing::Test {
 protected:
  // The finding of the probe that begins now, if one does.
  Prober::Finding probe(Bitrate link) {
    prober_.expire(now_, wanted_, estimate_, true);
    sent_ = 0;
    began_ = now_;
    for (; prober_.in_flight(); now_ += 1ms) {
      prober_.expire(now_, wanted_, estimate_, true);
      for (std::size_t due = prober_.due(now_); due > 0; due -= std::min(due, prober_.packet())) pass(link);
      prober_.tick(now_);
      if (prober_.due(now_) > 0 || prober_.cluster() != 0) continue;
      const Prober::Finding finding = prober_.conclude(now_, wanted_, estimate_, link_);
      if (finding.proven || !prober_.in_flight()) return finding;
    }
    return {};
  }
  void pass(Bitrate link) {
    const ClusterId cluster = prober_.cluster();
    const std::size_t bytes = prober_.packet();
    prober_.sent(now_, bytes);
    const bool on_credit = credit_ >= bytes;
    if (on_credit) credit_ -= bytes;
    free_ = std::max(free_, now_) + time_of(static_cast<double>(bytes), on_credit ? kbps(100'000) : link);
    const bool lost = lose_every_ != 0 && seq_ % lose_every_ == lose_every_ - 1;
    const auto arrived = lost ? std::nullopt : std::optional(free_);
    prober_.receive({.seq = seq_++,
                     .sent = now_,
                     .arrived = arrived,
                     .bytes = static_cast<std::uint32_t>(bytes),
                     .cluster = cluster});
    sent_ += bytes;
  }
  // When the next one begins.
  Duration next() const { return prober_.deadline(wanted_, estimate_) - now_; }

  Bitrate estimate_ = kbps(500);
  Wanted wanted_ = kMuch;
  Prober prober_;
  Instant now_ = kStart;
  Instant began_;
  Instant free_{};
  std::int64_t seq_ = 0;
  std::int64_t lose_every_ = 0;  // 0: none
  std::size_t credit_ = 0;       // bytes that pass at once: a token bucket's
  std::size_t sent_ = 0;
  Prober::Link link_;
};

TEST_F(ProberTest, ProvesWhatALinkCarriesAndGoesOnAtOnce) {
  const Prober::Finding finding = probe(kbps(5000));
  ASSERT_TRUE(finding.proven);
  EXPECT_NEAR(static_cast<double>(finding.proven->value()), 1'425'000, 50'000) << "95 % of three times the estimate";
  EXPECT_EQ(next(), Duration::zero());
}

TEST_F(ProberTest, LeavesAFullLinkAloneForLongerAndSearchesWithCare) {
  EXPECT_FALSE(probe(kbps(500)).proven);
  const std::size_t bold = sent_;
  EXPECT_EQ(next(), 4s);
  now_ += 4s;
  EXPECT_FALSE(probe(kbps(500)).proven);
  EXPECT_EQ(next(), 4s);
  EXPECT_LE(sent_, bold + 2 * kPacket);
  EXPECT_GE(now_ - began_, 70ms);
}

TEST_F(ProberTest, TriesAgainWithCareWhereASearchThatFailedHasDelayedNobody) {
  wanted_ = {.next = kbps(700), .all = kbps(700)};
  EXPECT_FALSE(probe(kbps(540)).proven);
  EXPECT_EQ(next(), 500ms);
  for (const Duration wait : {1000ms, 2000ms, 2500ms}) {
    now_ += next();
    EXPECT_FALSE(probe(kbps(660)).proven);
    EXPECT_GE(now_ - began_, 60ms);
    EXPECT_EQ(next(), wait);
  }
  now_ += next();
  EXPECT_FALSE(probe(kbps(540)).proven);
  EXPECT_EQ(next(), 4s) << "this one made a queue";
}

TEST_F(ProberTest, ConfirmsOfALinkOfWhichNothingIsKnownWhateverIsMoreThanTheEstimate) {
  const Prober::Finding finding = probe(kbps(570));  // less than is wanted next
  ASSERT_TRUE(finding.proven);
  EXPECT_NEAR(static_cast<double>(finding.proven->value()), 540'000, 20'000);
}

TEST_F(ProberTest, PushesOthersAsideOnAFullLinkOnlyWhereItHasLittleOfIt) {
  struct Row {
    double share;
    bool of_others_who_fill_it;
    bool is_taken;
  };
  for (const auto& [share, filled, is_taken] : {Row{0.5, false, false}, {0.2, false, true}, {0.5, true, true}}) {
    SCOPED_TRACE(share);
    prober_ = {};
    link_.is_filled_by_others = filled;
    prober_.retry_after(now_);
    wanted_ = {.next = {}, .all = kbps(20'000)};
    const Prober::Finding finding = probe(scaled(estimate_, 1.5 / (1 + share / 2)));
    EXPECT_EQ(finding.proven.has_value(), is_taken);
  }
}

TEST_F(ProberTest, TriesAgainSoonWhatMayHaveFailedByTheLinksOwnLoss) {
  lose_every_ = 5;
  EXPECT_FALSE(probe(kbps(5000)).proven);
  EXPECT_EQ(next(), 300ms);
  now_ += 300ms;
  EXPECT_FALSE(probe(kbps(5000)).proven);
  EXPECT_EQ(next(), 2500ms) << "and then no sooner than otherwise";
}

TEST_F(ProberTest, PutsSearchesThatATokenBucketMisleadsOffForLongerAndLongerButNotWhereTheyTakeNextToNothing) {
  struct Row {
    Bitrate estimate;
    std::size_t credit;
    std::array<Duration, 3> waits;
  };
  for (const auto& [estimate, credit, waits] :
       {Row{kbps(500), 10'000, {5s, 10s, 20s}}, {kbps(60), 1200, {4s, 4s, 4s}}}) {
    SCOPED_TRACE(estimate.value());
    prober_ = {};
    estimate_ = estimate;
    wanted_ = {.next = scaled(estimate, 1.3), .all = scaled(estimate, 1.3)};
    for (const Duration wait : waits) {
      credit_ = credit;
      EXPECT_FALSE(probe(scaled(estimate, 1.05)).proven);
      EXPECT_EQ(next(), wait);
      now_ += next();
    }
  }
}

TEST_F(ProberTest, SearchesAgainAtOnceWhenALossThatMadeSearchesFailIsKnown) {
  EXPECT_FALSE(probe(kbps(500)).proven);
  EXPECT_EQ(next(), 4s);
  prober_.search_again(now_);
  EXPECT_EQ(next(), Duration::zero());
}

TEST_F(ProberTest, PutsNoSearchOffForAnExperiment) {
  prober_.expire(now_, kMuch, estimate_, true);
  prober_.cancel(now_);
  const Duration before = next();
  prober_.experiment(now_, kbps(700));
  ASSERT_TRUE(prober_.in_flight());
  for (; prober_.cluster() != 0; now_ += 5ms) {
    pass(kbps(5000));
    prober_.expire(now_, kMuch, estimate_, true);
  }
  EXPECT_TRUE(prober_.conclude(now_, kMuch, estimate_, link_).lost);
  EXPECT_LT(next(), before);
}

TEST_F(ProberTest, SearchesNothingWhereNothingIsOfUse) {
  constexpr Wanted kNothing{};
  prober_.expire(now_, kNothing, estimate_, true);
  EXPECT_FALSE(prober_.in_flight());
  EXPECT_EQ(prober_.deadline(kNothing, estimate_), kNever);
}

TEST_F(ProberTest, WaitsForALinkThatShowsNoCongestion) {
  prober_.expire(now_, kMuch, estimate_, false);
  EXPECT_FALSE(prober_.in_flight());
  EXPECT_GT(next(), 1s);
}

TEST_F(ProberTest, PadsWithFullPacketsUnlessTheLinkIsNarrow) {
  prober_.expire(now_, kMuch, kbps(200), true);
  ASSERT_TRUE(prober_.in_flight());
  EXPECT_EQ(prober_.packet(), ProbeCluster::kFullPacket);
  prober_.cancel(now_);
  now_ += next();
  prober_.expire(now_, kMuch, kbps(199), true);
  ASSERT_TRUE(prober_.in_flight());
  EXPECT_LT(prober_.packet(), ProbeCluster::kFullPacket);
}

TEST_F(ProberTest, IsDoneWithASearchOfWhoseEndNothingIsTold) {
  prober_.expire(now_, kMuch, estimate_, true);
  const ClusterId cluster = prober_.cluster();
  for (; prober_.cluster() != 0; now_ += 5ms) {
    prober_.sent(now_, kPacket);
    prober_.expire(now_, kMuch, estimate_, true);
  }
  prober_.receive({.seq = 0, .sent = kStart, .arrived = now_, .bytes = kPacket, .cluster = cluster});
  EXPECT_FALSE(prober_.conclude(now_, kMuch, estimate_, link_).proven);
  EXPECT_TRUE(prober_.in_flight()) << "more may be told";
  prober_.receive({.seq = 99, .sent = now_, .arrived = now_, .bytes = kPacket, .cluster = 0});
  prober_.conclude(now_, kMuch, estimate_, link_);
  EXPECT_FALSE(prober_.in_flight());
  EXPECT_EQ(next(), 300ms) << "it told nothing";
}

}  // namespace
}  // namespace consomme::bwe
