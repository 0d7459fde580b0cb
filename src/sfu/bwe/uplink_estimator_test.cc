#include "sfu/bwe/uplink_estimator.h"

namespace consomme::bwe {
namespace {

constexpr Ssrc kVideo{1};
constexpr Ssrc kSound{2};

class UplinkEstimatorTest : public testing::Test {
 protected:
  // Frames of four packets every 20 ms at this rate, through a link that needs `per_packet` for each.
  void send(Duration span, std::int64_t rate_kbps, Duration per_packet) {
    const auto bytes = static_cast<std::size_t>(bytes_in(kbps(rate_kbps), 20ms) / 4);
    for (const Instant end = sent_ + span; sent_ < end; sent_ += 20ms)
      for (int i = 0; i < 4; ++i) {
        link_free_ = std::max(link_free_, sent_) + per_packet;
        estimator_.receive(link_free_, wire::abs_send_time(sent_), bytes, i == 0 ? kSound : kVideo);
        if (const auto told = estimator_.poll(link_free_)) told_.push_back(*told);
      }
  }

  UplinkEstimator estimator_;
  Instant sent_{1000s};
  Instant link_free_{};
  std::vector<Bitrate> told_;
};

TEST_F(UplinkEstimatorTest, IsSilentUntilSomethingCame) {
  EXPECT_EQ(estimator_.deadline(), kNever);
  EXPECT_EQ(estimator_.poll(sent_), std::nullopt);
  EXPECT_TRUE(estimator_.sources().empty());
}

TEST_F(UplinkEstimatorTest, TellsOfTheSourcesThatItHears) {
  send(100ms, 500, 1ms);
  EXPECT_THAT(estimator_.sources(), testing::ElementsAre(kSound, kVideo));
}

TEST_F(UplinkEstimatorTest, TellsOnceASecond) {
  send(10500ms, 500, 1ms);
  EXPECT_EQ(told_.size(), 10U);
}

TEST_F(UplinkEstimatorTest, GrowsWhereNoQueueDoes) {
  send(20s, 1000, 1ms);
  EXPECT_GT(told_.back(), kbps(1000));
}

TEST_F(UplinkEstimatorTest, FallsBelowWhatComesWhereAQueueGrowsAndTellsAtOnce) {
  send(10s, 1000, 1ms);
  const std::size_t before = told_.size();
  const Instant slower = sent_;
  send(2s, 1000, 8ms);  // 625 kbit/s
  EXPECT_GT(told_.size(), before + 2) << "sooner than every second";
  EXPECT_LT(told_.back(), kbps(625));
  EXPECT_GT(told_.back(), kbps(300));
  EXPECT_LT(slower, sent_);
}

TEST_F(UplinkEstimatorTest, GivesWayToAQueueThatNeitherGrowsNorDrains) {
  send(10s, 1000, 1ms);
  link_free_ = sent_ + 150ms;
  send(3s, 1000, 5ms);
  EXPECT_LT(told_.back(), kbps(800));
}

// Half the circle of abs-send-time is 32 s.
TEST_F(UplinkEstimatorTest, GoesOnBehindASilenceOfWhichNobodyKnowsHowLongItWas) {
  for (const Duration silence : {20s, 40s, 70s}) {
    send(10s, 1000, 1ms);
    sent_ += silence;
    send(10s, 1000, 1ms);
    EXPECT_GT(told_.back(), kbps(1000)) << silence / 1s;
  }
}

// 64 s: the 24 bits of abs-send-time begin anew.
TEST_F(UplinkEstimatorTest, GoesOnAcrossTheWrapOfSendTimes) {
  send(150s, 1000, 1ms);
  for (std::size_t i = 20; i < told_.size(); ++i) EXPECT_GT(told_[i], kbps(1000)) << i;
}

TEST_F(UplinkEstimatorTest, ForgetsAnOveruseBehindASilence) {
  send(120s, 1000, 1ms);
  send(500ms, 1000, 8ms);
  sent_ += 20s;
  send(60s, 1000, 1ms);
  EXPECT_GT(told_.back(), kbps(1000));
}

}  // namespace
}  // namespace consomme::bwe
