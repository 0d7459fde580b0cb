#include "sfu/ortc/scalability_mode.h"

namespace consomme::ortc {
namespace {

TEST(ScalabilityMode, NamesSpatialAndTemporalLayers) {
  EXPECT_EQ(parse_scalability_mode("L1T3"), (ScalabilityMode{1, 3, false}));
  EXPECT_EQ(parse_scalability_mode("L3T3_KEY"), (ScalabilityMode{3, 3, true}));
  EXPECT_EQ(parse_scalability_mode("S2T1"), (ScalabilityMode{2, 1, false}));
  EXPECT_EQ(parse_scalability_mode("L12T99"), (ScalabilityMode{12, 99, false}));
}

TEST(ScalabilityMode, IgnoresWhatFollows) {
  EXPECT_EQ(parse_scalability_mode("L2T2h"), (ScalabilityMode{2, 2, false}));
  EXPECT_EQ(parse_scalability_mode("L2T2_KEY_SHIFT"), (ScalabilityMode{2, 2, true}));
  EXPECT_EQ(parse_scalability_mode("L1T123"), (ScalabilityMode{1, 12, false}));
}

TEST(ScalabilityMode, IsOneLayerWhereItIsNone) {
  for (const std::string_view text : {"", "L", "L1", "L1T", "L0T1", "L1T0", "L123T1", "T3L1", "l1t3", "M1T3"}) {
    EXPECT_EQ(parse_scalability_mode(text), ScalabilityMode()) << text;
  }
}

}  // namespace
}  // namespace consomme::ortc
