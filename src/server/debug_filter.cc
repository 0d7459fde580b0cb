#include "server/debug_filter.h"

#include <algorithm>

namespace consomme::server {
namespace {

constexpr std::string_view kSeparators = ", \t\r\n";

// Whether `pattern` with its stars covers all of `name`. On a mismatch the last star takes one character more.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, star_took_until = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_took_until = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_took_until;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(), [](char c) { return c == '*'; });
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return matches(p, name); });
}

}  // namespace

DebugFilter::DebugFilter(std::string_view patterns) {
  for (std::size_t at = 0; (at = patterns.find_first_not_of(kSeparators, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(patterns.find_first_of(kSeparators, at), patterns.size());
    const std::string_view pattern = patterns.substr(at, end - at);
    if (pattern.starts_with('-'))
      hidden_.emplace_back(pattern.substr(1));
    else
      shown_.emplace_back(pattern);
    at = end;
  }
}

bool DebugFilter::enabled(std::string_view name) const {
  return any_matches(shown_, name) && !any_matches(hidden_, name);
}

}  // namespace consomme::server
