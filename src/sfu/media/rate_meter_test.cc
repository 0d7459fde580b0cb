#include "sfu/media/rate_meter.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using test::kStart;

TEST(RateMeter, MeasuresASteadyRate) {
  RateMeter meter;
  for (int i = 0; i < 300; ++i) meter.add(kStart + i * 10ms, 1250);
  EXPECT_NEAR(static_cast<double>(meter.rate(kStart + 3s).value()), 1e6, 1e5);
}

TEST(RateMeter, MeasuresTheSameWheneverItIsAsked) {
  RateMeter meter;
  Instant now = kStart;
  for (; now < kStart + 2s; now += 1ms) meter.add(now, 125);
  for (; now < kStart + 3s; now += 1ms) {
    meter.add(now, 125);
    EXPECT_NEAR(static_cast<double>(meter.rate(now).value()), 1e6, 2e3);
  }
}

TEST(RateMeter, ForgetsAfterOneSecond) {
  RateMeter meter;
  meter.add(kStart, 1000);
  EXPECT_EQ(meter.rate(kStart + 550ms), Bitrate(8421)) << "8000 bits in 950 ms";
  EXPECT_EQ(meter.rate(kStart + 1s), Bitrate(0));
  EXPECT_EQ(meter.rate(kStart + 1h), Bitrate(0));
}

}  // namespace
}  // namespace consomme::media
