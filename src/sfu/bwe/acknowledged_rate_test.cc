#include "sfu/bwe/acknowledged_rate.h"

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

class AcknowledgedRateTest : public testing::Test {
 protected:
  void arrive(int packets, Duration apart, std::size_t bytes = 1000) {
    for (int i = 0; i < packets; ++i) rate_.add(now_ += apart, bytes);
  }
  double rate_kbps() const { return static_cast<double>(rate_.rate().value_or(Bitrate(0)).value()) / 1000; }

  AcknowledgedRate rate_;
  Instant now_ = kStart;
};

TEST_F(AcknowledgedRateTest, IsUnknownBeforeHalfAWindow) {
  EXPECT_EQ(rate_.rate(), std::nullopt);
  arrive(23, 10ms);
  EXPECT_EQ(rate_.rate(), std::nullopt);
  arrive(3, 10ms);
  EXPECT_NEAR(rate_kbps(), 800, 40);
}

TEST_F(AcknowledgedRateTest, IsThatOfTheLastHalfSecond) {
  arrive(200, 10ms);
  EXPECT_NEAR(rate_kbps(), 800, 20);
  arrive(100, 5ms);
  EXPECT_NEAR(rate_kbps(), 1600, 40) << "nothing of the slower time is left";
}

TEST_F(AcknowledgedRateTest, CountsAShortPauseAndBeginsAnewAfterALongOne) {
  arrive(100, 10ms);
  arrive(1, 260ms);
  EXPECT_NEAR(rate_kbps(), 400, 40);
  arrive(1, 600ms);
  EXPECT_EQ(rate_.rate(), std::nullopt);
  arrive(30, 10ms);
  EXPECT_NEAR(rate_kbps(), 800, 40);
}

TEST_F(AcknowledgedRateTest, TellsWhatShareOfTheLastHalfSecondWasLost) {
  EXPECT_EQ(rate_.lost(), 0);
  for (int i = 0; i < 20; ++i) {
    arrive(4, 10ms);
    rate_.add_lost(1000);
  }
  EXPECT_NEAR(rate_.lost(), 0.2, 0.02);
  arrive(60, 10ms);
  EXPECT_EQ(rate_.lost(), 0);
}

TEST_F(AcknowledgedRateTest, CountsWhatOvertookAndForgetsWhatIsOlderThanTheWindow) {
  arrive(100, 10ms);
  const double before = rate_kbps();
  rate_.add(now_ - 100ms, 10'000);
  EXPECT_NEAR(rate_kbps() - before, 10'000 * 8 / 480.0, 10);
  const double after = rate_kbps();
  rate_.add(now_ - 500ms, 10'000);
  EXPECT_EQ(rate_kbps(), after);
}

TEST_F(AcknowledgedRateTest, BeginsAnewWhenTheClockIsSetBackEvenToBeforeTheEpoch) {
  arrive(100, 10ms);
  now_ -= 1h;
  arrive(1, 10ms);
  EXPECT_EQ(rate_.rate(), std::nullopt);
  arrive(100, 5ms);
  EXPECT_NEAR(rate_kbps(), 1600, 40);
}

}  // namespace
}  // namespace consomme::bwe
