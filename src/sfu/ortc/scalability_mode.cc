#include "sfu/ortc/scalability_mode.h"

#include <optional>

namespace consomme::ortc {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// One or two digits, the first not zero.
std::optional<std::uint8_t> take_count(std::string_view& text) {
  constexpr std::size_t kMaxDigits = 2;
  std::uint8_t count = 0;
  std::size_t digits = 0;
  while (digits < kMaxDigits && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    count = static_cast<std::uint8_t>(10 * count + (text[digits] - '0'));
    if (count == 0) return std::nullopt;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return count;
}

}  // namespace

ScalabilityMode parse_scalability_mode(std::string_view text) {
  if (!take(text, "L") && !take(text, "S")) return {};
  const auto spatial = take_count(text);
  if (!spatial || !take(text, "T")) return {};
  const auto temporal = take_count(text);
  if (!temporal) return {};
  return {.spatial_layers = *spatial, .temporal_layers = *temporal, .key_dependent_only = take(text, "_KEY")};
}

}  // namespace consomme::ortc
