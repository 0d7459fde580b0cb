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

TEST(RateMeter, ForgetsAfterOneSecond) {
  RateMeter meter;
  meter.add(kStart, 1000);
  EXPECT_EQ(meter.rate(kStart + 500ms), Bitrate(8000));
  EXPECT_EQ(meter.rate(kStart + 1s), Bitrate(0));
  EXPECT_EQ(meter.rate(kStart + 1h), Bitrate(0));
}

}  // namespace
}  // namespace consomme::media
