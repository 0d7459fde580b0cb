#include "sfu/bwe/top_up.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr std::size_t kPacket = 500;

// A receiver that believes in 500 kbit/s to begin with, of which media takes 200; 600 would be of use.
class TopUpTest : public testing::Test {
 protected:
  // Padding sent in `span`, in kbit/s; media comes all along.
  double padding_in(Duration span) {
    constexpr Duration kStep = 5ms;
    double media = 0;
    std::size_t padding = 0;
    for (Duration at{}; at < span; at += kStep, now_ += kStep) {
      for (media += bytes_in(kbps(200), kStep); media >= kPacket; media -= kPacket) top_up_.sent(kPacket);
      if (now_ < top_up_.deadline(kWanted, estimate_)) continue;
      top_up_.expire(now_, kWanted, estimate_, own_loss_);
      for (std::size_t due = top_up_.due(); due > 0; due -= std::min(due, kPacket)) {
        top_up_.sent(kPacket);
        padding += kPacket;
      }
      top_up_.padded(now_);
    }
    return static_cast<double>(rate_of(static_cast<double>(padding), span).value()) / 1000;
  }

  // From now on it fills no more than is believed.
  void find_a_limit() {
    padding_in(1s);
    estimate_ = scaled(estimate_, 0.9);
    padding_in(5s + 40ms);
    estimate_ = kbps(500);
  }

  static constexpr Wanted kWanted{.next = kbps(600), .all = kbps(2000)};
  TopUp top_up_;
  Bitrate estimate_ = kbps(500);
  double own_loss_ = 0;
  Instant now_{1000s};
};

TEST_F(TopUpTest, FillsTwoFifthsMoreThanTheEstimateAsLongAsNoLimitIsKnown) {
  EXPECT_NEAR(padding_in(2s), 500, 15);
}

TEST_F(TopUpTest, FillsWhatMediaLeavesOfTheEstimateOnceALimitIsKnown) {
  find_a_limit();
  EXPECT_NEAR(padding_in(2s), 300, 10);
}

TEST_F(TopUpTest, AddsWhatTheLinkLosesByItself) {
  own_loss_ = 0.2;
  EXPECT_NEAR(padding_in(2s), 675, 15) << "of 875 arrive 700";
}

TEST_F(TopUpTest, GoesOnAsLongAsTheEstimateRises) {
  find_a_limit();
  for (; estimate_ < kbps(590); estimate_ = estimate_ + kbps(20)) {
    EXPECT_NEAR(padding_in(2s), static_cast<double>(estimate_.value()) / 1000 - 200, 15);
  }
}

TEST_F(TopUpTest, EndsWhenTheNextLayerIsInReach) {
  padding_in(1s);
  estimate_ = kbps(600);
  EXPECT_EQ(padding_in(10s), 0);
}

TEST_F(TopUpTest, RestsFiveSecondsWhenTheEstimateFallsAndTwiceAsLongTheNextTime) {
  for (const Duration rest : {5s, 10s, 20s, 40s, 40s}) {
    EXPECT_GT(padding_in(1s), 0);
    estimate_ = scaled(estimate_, 0.9);
    padding_in(20ms);
    EXPECT_EQ(padding_in(rest - 100ms), 0) << rest / 1s;
    padding_in(100ms);
  }
}

TEST_F(TopUpTest, GivesUpAfterThreeSecondsWithoutARise) {
  EXPECT_GT(padding_in(3s), 0);
  padding_in(50ms);
  EXPECT_EQ(padding_in(4s), 0);
}

}  // namespace
}  // namespace consomme::bwe
