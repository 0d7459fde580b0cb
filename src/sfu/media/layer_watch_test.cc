#include "sfu/media/layer_watch.h"

namespace consomme::media {
namespace {

constexpr Instant kStart = Instant(1'700'000'000s);

bool lasts(int pictures, Duration apart) {
  Absence absence;
  for (int i = 0; i < pictures; ++i) absence.miss(kStart + i * apart);
  return absence.lasts();
}

TEST(Absence, LastsWhenEightPicturesLackedTheLayer) {
  EXPECT_FALSE(lasts(7, 33ms));
  EXPECT_TRUE(lasts(8, 33ms));
}

TEST(Absence, LastsWherePicturesTakeLongWhenAFewLackedIt) {
  EXPECT_FALSE(lasts(4, 150ms));
  EXPECT_TRUE(lasts(5, 150ms));
  EXPECT_FALSE(lasts(1, 1s));
  EXPECT_TRUE(lasts(2, 1s));
}

TEST(Absence, EndsWithThePictureThatHasIt) {
  Absence absence;
  for (int i = 0; i < 7; ++i) absence.miss(kStart);
  absence.end();
  absence.miss(kStart + 1s);
  EXPECT_FALSE(absence.lasts());
}

}  // namespace
}  // namespace consomme::media
