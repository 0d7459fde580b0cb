#include "sfu/ortc/h264_profile.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"

namespace consomme::ortc {
namespace {

// RFC 6184 §8.1, table 5: the bits of profile-iop under `mask` decide.
struct ProfilePattern {
  std::uint8_t idc;
  std::uint8_t mask;
  std::uint8_t iop;
  H264Profile profile;
};
constexpr std::array kProfilePatterns{
    ProfilePattern{0x42, 0x4f, 0x40, H264Profile::kConstrainedBaseline},
    ProfilePattern{0x4d, 0x8f, 0x80, H264Profile::kConstrainedBaseline},
    ProfilePattern{0x58, 0xcf, 0xc0, H264Profile::kConstrainedBaseline},
    ProfilePattern{0x42, 0x4f, 0x00, H264Profile::kBaseline},
    ProfilePattern{0x58, 0xcf, 0x80, H264Profile::kBaseline},
    ProfilePattern{0x4d, 0xaf, 0x00, H264Profile::kMain},
    ProfilePattern{0x64, 0xff, 0x0c, H264Profile::kConstrainedHigh},
    ProfilePattern{0x64, 0xff, 0x00, H264Profile::kHigh},
    ProfilePattern{0xf4, 0xff, 0x00, H264Profile::kPredictiveHigh444},
};

// How each profile is written, in the order of H264Profile: profile_idc and profile-iop.
constexpr std::array<std::uint32_t, 6> kCanonicalProfile{0x42e000, 0x420000, 0x4d0000, 0x640c00, 0x640000, 0xf40000};

constexpr std::array<std::uint8_t, 16> kLevels{10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52};

// Level 1.1 with this bit of profile-iop is level 1b; the profiles where it would not be (High and above) forbid the
// bit.
constexpr std::uint8_t kLevel11 = 11;
constexpr std::uint8_t kConstraintSet3 = 0x10;

constexpr H264ProfileLevel kDefault{H264Profile::kConstrainedBaseline, {.idc = 31}};

bool names_profile(const FormatParameters& parameters) {
  const ParameterValue* const value = parameters.find("profile-level-id");
  return value != nullptr && *value != ParameterValue("");
}

bool allows_asymmetry(const FormatParameters& parameters) {
  const ParameterValue* const value = parameters.find("level-asymmetry-allowed");
  return value != nullptr && (*value == ParameterValue(std::int64_t{1}) || *value == ParameterValue("1"));
}

}  // namespace

std::optional<H264ProfileLevel> parse_profile_level_id(std::string_view text) {
  std::uint32_t bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (text.size() != 6 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;

  const auto idc = static_cast<std::uint8_t>(bits >> 16);
  const auto iop = static_cast<std::uint8_t>(bits >> 8);
  const auto level = static_cast<std::uint8_t>(bits);
  if (std::ranges::find(kLevels, level) == kLevels.end()) return std::nullopt;
  const auto pattern = std::ranges::find_if(
      kProfilePatterns, [=](const ProfilePattern& p) { return p.idc == idc && p.iop == (iop & p.mask); });
  if (pattern == kProfilePatterns.end()) return std::nullopt;
  return H264ProfileLevel{pattern->profile,
                          {.idc = level, .is_not_1b = level != kLevel11 || (iop & kConstraintSet3) == 0}};
}

std::string to_string(const H264ProfileLevel& value) {
  constexpr std::size_t kDigits = 6;
  const std::uint32_t bits = kCanonicalProfile[static_cast<std::size_t>(value.profile)] |
                             (value.level.is_not_1b ? 0u : kConstraintSet3 << 8) | value.level.idc;
  std::array<char, kDigits> text{};
  const auto [end, error] = std::to_chars(text.begin(), text.end(), bits, 16);
  check(error == std::errc() && end == text.end(), "every profile's first digit is not zero");
  return {text.begin(), text.end()};
}

std::optional<H264ProfileLevel> profile_level(const FormatParameters& parameters) {
  if (!names_profile(parameters)) return kDefault;
  const auto* const text = std::get_if<std::string>(parameters.find("profile-level-id"));
  return text == nullptr ? std::nullopt : parse_profile_level_id(*text);
}

bool same_profile(const FormatParameters& a, const FormatParameters& b) {
  const auto left = profile_level(a);
  const auto right = profile_level(b);
  return left && right && left->profile == right->profile;
}

std::optional<std::string> answer_profile_level_id(const FormatParameters& offered, const FormatParameters& supported) {
  if (!names_profile(offered) && !names_profile(supported)) return std::nullopt;
  const auto theirs = profile_level(offered);
  const auto ours = profile_level(supported);
  if (!theirs || !ours) return std::nullopt;
  const bool asymmetric = allows_asymmetry(offered) && allows_asymmetry(supported);
  return to_string({theirs->profile, asymmetric ? theirs->level : std::min(theirs->level, ours->level)});
}

}  // namespace consomme::ortc
