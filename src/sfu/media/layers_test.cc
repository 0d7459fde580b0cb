#include "sfu/media/layers.h"

namespace consomme::media {
namespace {

using Chosen = std::optional<Encoding>;

TEST(Layers, OfASingleEncodingNeedNoChoice) {
  Layers layers(1);
  EXPECT_EQ(layers.target(), Chosen(0));
  EXPECT_TRUE(layers.switching());
  layers.reach(0);
  layers.set_active(0);
  EXPECT_EQ(layers.current(), Chosen(0)) << "a source that rests is not left";
}

TEST(Layers, AimAtTheBestThatIsAlive) {
  Layers layers(3);
  EXPECT_EQ(layers.target(), std::nullopt);
  layers.set_active(0b011);
  EXPECT_EQ(layers.target(), Chosen(1));
  layers.saw(2);
  EXPECT_EQ(layers.target(), Chosen(2));
}

TEST(Layers, KeepTheCurrentOneUntilTheBetterOneIsReached) {
  Layers layers(2);
  layers.saw(0);
  layers.reach(0);
  layers.saw(1);
  EXPECT_EQ(layers.current(), Chosen(0));
  EXPECT_TRUE(layers.switching());
  layers.reach(1);
  EXPECT_FALSE(layers.switching());
}

TEST(Layers, LeaveADeadOneAtOnce) {
  Layers layers(3);
  layers.set_active(0b111);
  layers.reach(2);
  layers.set_active(0b011);
  EXPECT_EQ(layers.current(), std::nullopt);
  EXPECT_EQ(layers.target(), Chosen(1));
}

TEST(Layers, KeepADeadOneThatIsTheOnlyOneWithinTheLimit) {
  Layers layers(2);
  layers.set_active(0b11);
  layers.set_limit(Encoding{0});
  layers.reach(0);
  layers.set_active(0b10);
  EXPECT_EQ(layers.current(), Chosen(0));
  EXPECT_FALSE(layers.switching());
  layers.set_limit(Encoding{1});
  EXPECT_EQ(layers.current(), std::nullopt);
  EXPECT_EQ(layers.target(), Chosen(1));
}

TEST(Layers, TakeABetterOneAgainWhenItComesBack) {
  Layers layers(3);
  layers.set_active(0b011);
  layers.reach(1);
  layers.saw(2);
  EXPECT_EQ(layers.target(), Chosen(2));
  EXPECT_EQ(layers.current(), Chosen(1));
}

TEST(Layers, AimNoHigherThanTheLimit) {
  Layers layers(3);
  layers.set_active(0b111);
  layers.reach(2);
  layers.set_limit(Encoding{1});
  EXPECT_EQ(layers.target(), Chosen(1));
  EXPECT_EQ(layers.current(), Chosen(2)) << "until the other is there";
  layers.set_active(0b101);
  EXPECT_EQ(layers.target(), Chosen(0));
  layers.set_limit(Encoding{0xff});
  EXPECT_EQ(layers.target(), Chosen(2));
}

TEST(Layers, AboveTheWishAreTakenWhereNoneIsAliveWithinIt) {
  Layers layers(3);
  layers.set_wish(0);
  layers.set_active(0b110);
  EXPECT_EQ(layers.target(), Chosen(1)) << "the one nearest to it";
  layers.reach(1);
  layers.saw(0);
  EXPECT_EQ(layers.target(), Chosen(0));
  EXPECT_EQ(layers.current(), Chosen(1)) << "until the other is there";
  layers.reach(0);
  layers.set_active(0b110);
  EXPECT_EQ(layers.current(), std::nullopt) << "it died";
  EXPECT_EQ(layers.target(), Chosen(1));
  layers.set_limit(Encoding{0});
  EXPECT_EQ(layers.target(), std::nullopt) << "the bandwidth does not bear the other";
}

TEST(Layers, OfNoLimitAtAllAreLeft) {
  Layers layers(2);
  layers.set_active(0b11);
  layers.reach(1);
  layers.set_limit(std::nullopt);
  EXPECT_EQ(layers.current(), std::nullopt);
  EXPECT_EQ(layers.target(), std::nullopt);
  EXPECT_FALSE(layers.switching());
  layers.set_limit(Encoding{1});
  EXPECT_EQ(layers.target(), Chosen(1));

  Layers single(1);
  single.set_limit(std::nullopt);
  EXPECT_EQ(single.target(), std::nullopt);
  single.set_limit(Encoding{0xff});
  EXPECT_EQ(single.target(), Chosen(0));
}

TEST(Layers, OfASourceThatRestsAreKept) {
  Layers layers(2);
  layers.set_active(0b10);
  layers.reach(1);
  layers.set_active(0);
  layers.saw(0);
  EXPECT_EQ(layers.current(), Chosen(1));
}

TEST(Layers, IgnoreEncodingsThatDoNotExist) {
  Layers layers(2);
  layers.set_active(0xff);
  EXPECT_EQ(layers.target(), Chosen(1));
}

}  // namespace
}  // namespace consomme::media
