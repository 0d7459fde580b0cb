#include "sfu/media/layer_rates.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using test::kStart;

// Pictures of 1000 bytes, 20 a second, with a key picture of ten times that wherever `is_key` says so.
template <typename IsKey>
LayerRates pictures(int count, IsKey is_key) {
  LayerRates rates;
  for (int i = 0; i < count; ++i) {
    const bool key = is_key(i);
    rates.add(kStart + i * 50ms, {.bytes = key ? 10'000U : 1000U, .layer = {}, .key_picture = key});
  }
  return rates;
}
double in_kbps(LayerRates rates, Duration at) {
  return static_cast<double>(rates.up_to(kStart + at, {}).value()) / 1000;
}

TEST(LayerRates, AreThoseOfTheLastSecond) {
  EXPECT_NEAR(in_kbps(pictures(40, [](int) { return false; }), 2s - 1ms), 160, 10);
}

TEST(LayerRates, AreNotWhatAKeyPictureMakesOfASecond) {
  const auto key_at_two_seconds = [](int i) { return i == 40; };
  EXPECT_NEAR(in_kbps(pictures(50, key_at_two_seconds), 2500ms - 1ms), 160, 15);
  EXPECT_NEAR(in_kbps(pictures(240, [](int i) { return i == 220; }), 12s - 1ms), 168, 3) << "nor without it";
}

// Twice as much for 0.3 s, 0.7 of it for 1.2 s, behind a key picture after three seconds.
TEST(LayerRates, AreNotWhatAnEncoderMakesOfThemBehindAKeyPicture) {
  for (const Duration at : {3300ms, 3800ms, 4500ms, 5500ms}) {
    LayerRates rates;
    for (int i = 0; i * 50ms < at; ++i) {
      const std::size_t bytes = i <= 60 ? 1000 : i <= 66 ? 2000 : i <= 90 ? 700 : 1000;
      rates.add(kStart + i * 50ms, {.bytes = bytes, .layer = {}, .key_picture = i == 60});
    }
    EXPECT_NEAR(in_kbps(std::move(rates), at - 1ms), 160, 24) << at / 1ms;
  }
}

TEST(LayerRates, FollowASourceThatChangesAltogetherBehindAKeyPicture) {
  LayerRates rates;
  for (int i = 0; i < 80; ++i)
    rates.add(kStart + i * 50ms, {.bytes = i < 60 ? 1000U : 3000U, .layer = {}, .key_picture = i == 60});
  EXPECT_NEAR(in_kbps(std::move(rates), 4s - 1ms), 480, 30);
}

// Ten seconds of pictures, which are twice as large in the fifth.
TEST(LayerRates, RememberThePeakOfLate) {
  LayerRates rates;
  const auto kbps_at_its_peak = [&] { return static_cast<double>(LayerRates::at(rates.peaks(), {}).value()) / 1000; };
  for (int i = 0; i < 400; ++i) {
    const Instant now = kStart + i * 50ms;
    rates.add(now, {.bytes = i >= 80 && i < 100 ? 2000U : 1000U, .layer = {}, .key_picture = i == 0});
    rates.table(now);
    if (i == 19 || i == 49) {
      EXPECT_EQ(kbps_at_its_peak(), 0) << "begun, and behind a key picture";
    }
    if (i == 75) {
      EXPECT_NEAR(kbps_at_its_peak(), 160, 20);
    }
    if (i == 100 || i == 160) {
      EXPECT_NEAR(kbps_at_its_peak(), 320, 20) << i;
    }
    if (i == 399) {
      EXPECT_NEAR(kbps_at_its_peak(), 160, 20);
    }
  }
}

TEST(LayerRates, AreKnownBeforeAWholeSecondHasPassed) {
  for (const Duration at : {300ms, 500ms, 800ms, 1000ms}) {
    const int count = static_cast<int>(at / 50ms);
    EXPECT_NEAR(in_kbps(pictures(count, [](int) { return false; }), at - 1ms), 160, 10) << at / 1ms;
  }
}

TEST(LayerRates, CountKeyPicturesWhereThereIsNothingElse) {
  EXPECT_NEAR(in_kbps(pictures(200, [](int) { return true; }), 10s - 1ms), 1600, 20);
}

TEST(LayerRates, OfALayerHoldAllThatIsBelowIt) {
  LayerRates rates;
  for (int i = 0; i < 20; ++i)
    for (const Layer layer : {Layer{0, 0}, Layer{0, 1}, Layer{1, 0}})
      rates.add(kStart + i * 50ms, {.bytes = 1000, .layer = layer, .key_picture = false});
  const LayerRates::Table table = rates.table(kStart + 999ms);
  EXPECT_EQ(LayerRates::at(table, {0, 1}).value(), 2 * LayerRates::at(table, {0, 0}).value());
  EXPECT_EQ(LayerRates::at(table, {1, 1}).value(), 3 * LayerRates::at(table, {0, 0}).value());
}

// K-SVC: layers need each other in key pictures only.
TEST(LayerRates, OfALayerHoldNothingOfThoseBelowItThatIsNotNeeded) {
  LayerRates rates;
  for (int i = 0; i < 20; ++i)
    for (const Layer layer : {Layer{0, 0}, Layer{0, 1}, Layer{1, 0}, Layer{1, 1}})
      rates.add(kStart + i * 50ms, {.bytes = layer.spatial == 0 ? 1000U : 3000U,
                                    .layer = layer,
                                    .key_picture = i == 0,
                                    .alone = i != 0 || layer.spatial == 1});
  const LayerRates::Table table = rates.table(kStart + 999ms);
  EXPECT_NEAR(static_cast<double>(LayerRates::at(table, {0, 1}).value()), 320'000, 20'000);
  EXPECT_NEAR(static_cast<double>(LayerRates::at(table, {1, 1}).value()), 960'000, 50'000);
  EXPECT_NEAR(static_cast<double>(LayerRates::at(table, {1, 0}).value()), 480'000, 25'000);
  EXPECT_EQ(LayerRates::at(table, {2, 1}), LayerRates::at(table, {1, 1})) << "of a layer that is not there";
}

}  // namespace
}  // namespace consomme::media
