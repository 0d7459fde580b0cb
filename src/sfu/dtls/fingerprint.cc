#include "sfu/dtls/fingerprint.h"

#include <algorithm>
#include <optional>

namespace consomme::dtls {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::uint8_t> nibble(char c) {
  const char l = lower(c);
  if (l >= '0' && l <= '9') return static_cast<std::uint8_t>(l - '0');
  if (l >= 'a' && l <= 'f') return static_cast<std::uint8_t>(l - 'a' + 10);
  return std::nullopt;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string Fingerprint::to_string() const {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const std::uint8_t byte : value()) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

Result<Fingerprint> parse_fingerprint(std::string_view algorithm, std::string_view value) {
  const auto row =
      std::ranges::find_if(kHashes, [&](const HashTraits& h) { return equal_ignoring_case(h.name, algorithm); });
  if (row == kHashes.end()) return invalid("fingerprint algorithm is not supported");
  if (value.size() != 3 * row->bytes - 1) return invalid("fingerprint value has the wrong length");

  Fingerprint fingerprint{.algorithm = row->algorithm};
  for (std::size_t i = 0; i < row->bytes; ++i) {
    const auto high = nibble(value[3 * i]);
    const auto low = nibble(value[3 * i + 1]);
    const bool separated = i + 1 == row->bytes || value[3 * i + 2] == ':';
    if (!high || !low || !separated) return invalid("fingerprint value is not pairs of hex digits between colons");
    fingerprint.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return fingerprint;
}

}  // namespace consomme::dtls
