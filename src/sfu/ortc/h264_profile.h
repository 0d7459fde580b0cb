// H264's profile-level-id (RFC 6184 §8.1): reading and writing it, and answering an offer with it. Pure functions over
// codec parameters; leaves out the limits that a level stands for, since nothing is decoded here.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sfu/ortc/format_parameters.h"

namespace consomme::ortc {

enum class H264Profile : std::uint8_t {
  kConstrainedBaseline,
  kBaseline,
  kMain,
  kConstrainedHigh,
  kHigh,
  kPredictiveHigh444,
};

// Ten times the level's number. Level 1b is written as 1.1 with a flag and lies between 1 and 1.1 (RFC 6184 §8.1).
struct H264Level {
  std::uint8_t idc = 0;
  bool is_not_1b = true;
  constexpr auto operator<=>(const H264Level&) const = default;
};

struct H264ProfileLevel {
  H264Profile profile = H264Profile::kConstrainedBaseline;
  H264Level level;
  bool operator==(const H264ProfileLevel&) const = default;
};

// Six hexadecimal digits; nullopt for anything else, and for profiles and levels that we do not know.
std::optional<H264ProfileLevel> parse_profile_level_id(std::string_view text);
std::string to_string(const H264ProfileLevel& value);

// The profile-level-id among a codec's parameters, if it is valid.
// Deviation: absent means Constrained Baseline 3.1, not Baseline 1 (RFC 6184 §8.1), as browsers and mediasoup have it.
std::optional<H264ProfileLevel> profile_level(const FormatParameters& parameters);

// Whether both are valid and of one profile, at any level.
bool same_profile(const FormatParameters& a, const FormatParameters& b);

// The profile-level-id in the answer to an offer of the same profile: the offered level if both ends allow asymmetry,
// else the lower one (RFC 6184 §8.2.2). nullopt if neither names one.
std::optional<std::string> answer_profile_level_id(const FormatParameters& offered, const FormatParameters& supported);

}  // namespace consomme::ortc
