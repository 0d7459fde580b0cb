#include "sfu/media/layer_watch.h"

namespace consomme::media {
namespace {

constexpr Instant kStart = Instant(1'700'000'000s);

// Each of `pictures` lacked it, as the next one shows.
bool lasts(int pictures, Duration apart) {
  Absence absence;
  absence.next_picture(kStart, false);
  for (int i = 1; i <= pictures; ++i) absence.next_picture(kStart + i * apart, true);
  return absence.lasts();
}

TEST(Absence, LastsWhenEightPicturesLackedTheLayer) {
  EXPECT_FALSE(lasts(7, 33ms));
  EXPECT_TRUE(lasts(8, 33ms));
}

TEST(Absence, LastsWherePicturesTakeLongWhenAFewLackedIt) {
  EXPECT_FALSE(lasts(3, 150ms));
  EXPECT_TRUE(lasts(4, 150ms));
  EXPECT_FALSE(lasts(1, 1s));
  EXPECT_TRUE(lasts(2, 1s));
}

TEST(Absence, EndsWithThePictureThatHasIt) {
  Absence absence;
  for (int i = 0; i < 7; ++i) absence.next_picture(kStart, true);
  absence.end();
  absence.next_picture(kStart + 1s, true);
  EXPECT_FALSE(absence.lasts());
}

}  // namespace
}  // namespace consomme::media
