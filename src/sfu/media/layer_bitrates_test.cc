#include "sfu/media/layer_bitrates.h"

namespace consomme::media {
namespace {

constexpr Instant kStart{1000s};

wire::PayloadInfo layer(std::uint8_t spatial, std::uint8_t temporal) {
  return {.temporal_layer = temporal, .spatial_layer = spatial};
}

TEST(LayerBitrates, AreOfTheLastInterval) {
  LayerBitrates rates;
  rates.roll(kStart);
  rates.add(layer(0, 0), 1000);
  rates.add(layer(2, 1), 3000);
  EXPECT_EQ(rates.rate(0, 0), Bitrate(0)) << "not over yet";
  rates.roll(kStart + 500ms);
  EXPECT_EQ(rates.rate(0, 0), Bitrate(16'000));
  EXPECT_EQ(rates.rate(2, 1), Bitrate(48'000));
  EXPECT_EQ(rates.rate(1, 0), Bitrate(0));
  rates.roll(kStart + 1500ms);
  EXPECT_EQ(rates.rate(0, 0), Bitrate(0));
}

TEST(LayerBitrates, CountAPayloadWithoutLayersAsTheLowest) {
  LayerBitrates rates;
  rates.roll(kStart);
  rates.add({}, 125);
  rates.roll(kStart + 1s);
  EXPECT_EQ(rates.rate(0, 0), Bitrate(1000));
}

TEST(LayerBitrates, TakeAnyNumber) {
  LayerBitrates rates;
  rates.roll(kStart);
  rates.add(layer(7, 255), 125);
  rates.roll(kStart + 1s);
  EXPECT_EQ(rates.rate(3, 3), Bitrate(1000));
  rates.roll(kStart + 1s);
}

}  // namespace
}  // namespace consomme::media
