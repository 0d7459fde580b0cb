#include "sfu/ortc/h264_profile.h"

namespace consomme::ortc {
namespace {

FormatParameters with(std::string_view profile_level_id, std::int64_t asymmetry) {
  return {{"profile-level-id", std::string(profile_level_id)}, {"level-asymmetry-allowed", asymmetry}};
}

TEST(H264Profile, IsReadFromItsConstraintFlags) {
  using enum H264Profile;
  const std::pair<std::string_view, H264Profile> cases[] = {
      {"42e01f", kConstrainedBaseline},
      {"42c01f", kConstrainedBaseline},
      {"4d801f", kConstrainedBaseline},
      {"58c01f", kConstrainedBaseline},
      {"42001f", kBaseline},
      {"58801f", kBaseline},
      {"4d001f", kMain},
      {"4d401f", kMain},
      {"640c1f", kConstrainedHigh},
      {"64001f", kHigh},
      {"f4001f", kPredictiveHigh444},
  };
  for (const auto& [text, profile] : cases) {
    EXPECT_EQ(parse_profile_level_id(text), (H264ProfileLevel{profile, {.idc = 31}})) << text;
  }
}

TEST(H264Profile, IsNothingWhereItIsUnknown) {
  for (const std::string_view text : {"", "42e01", "42e01f0", "42e0zz", "000000", "42e01e1", "42e0ff", "64101f",
                                      "6e001f", "-2e01f", " 2e01f", "0x42e0"}) {
    EXPECT_FALSE(parse_profile_level_id(text)) << text;
  }
}

TEST(H264Profile, IsWrittenInItsCanonicalForm) {
  for (const std::string_view text :
       {"42e01f", "42000a", "4d0034", "640c1f", "640033", "f4001f", "42f00b", "42100b", "4d100b"}) {
    EXPECT_EQ(to_string(*parse_profile_level_id(text)), text);
  }
  EXPECT_EQ(to_string(*parse_profile_level_id("58c01f")), "42e01f");
}

TEST(H264Profile, PutsLevel1bBetween1And11) {
  const auto level = [](std::string_view text) { return parse_profile_level_id(text)->level; };
  EXPECT_LT(level("42e00a"), level("42f00b"));
  EXPECT_LT(level("42f00b"), level("42e00b"));
}

TEST(H264Answer, IsTheLowerLevelUnlessBothAllowAsymmetry) {
  EXPECT_EQ(answer_profile_level_id(with("42e034", 1), with("42e01f", 1)), "42e034");
  EXPECT_EQ(answer_profile_level_id(with("42e034", 0), with("42e01f", 1)), "42e01f");
  EXPECT_EQ(answer_profile_level_id(with("42e00a", 0), with("42e01f", 1)), "42e00a");
  EXPECT_EQ(answer_profile_level_id(with("42e034", 0), with("42f00b", 0)), "42f00b");
}

TEST(H264Answer, IsNothingWhereNobodyNamesAProfile) {
  EXPECT_EQ(answer_profile_level_id({}, {{"profile-level-id", ""}}), std::nullopt);
  EXPECT_EQ(answer_profile_level_id({}, with("42e01f", 0)), "42e01f");
}

TEST(H264Profile, ThatIsAbsentIsConstrainedBaseline) {
  EXPECT_TRUE(same_profile({}, with("42e034", 0)));
  EXPECT_FALSE(same_profile({}, with("4d001f", 0)));
}

TEST(H264Profile, ThatIsANumberMatchesNothing) {
  const FormatParameters number{{"profile-level-id", 640032}};
  EXPECT_FALSE(same_profile(number, number));
}

}  // namespace
}  // namespace consomme::ortc
