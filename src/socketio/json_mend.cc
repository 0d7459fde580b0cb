// One pass over JSON text without parsing it: only strings and brackets are looked at, so it needs no stack.
#include <algorithm>
#include <charconv>
#include <optional>

#include "socketio/json.h"

namespace consomme::socketio {
namespace {

constexpr std::string_view kReplacementEscape = "\\ufffd";
constexpr std::size_t kUnicodeEscape = 6;  // \uXXXX

// The code unit of the \uXXXX escape that begins at `i`.
std::optional<unsigned> code_unit(std::string_view text, std::size_t i) {
  if (text.size() < i + kUnicodeEscape || text[i] != '\\' || text[i + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const char* const end = text.data() + i + kUnicodeEscape;
  if (std::from_chars(end - 4, end, unit, 16).ptr != end) return std::nullopt;
  return unit;
}

bool is_high_surrogate(std::optional<unsigned> unit) {
  return unit && *unit >= 0xd800 && *unit < 0xdc00;
}
bool is_low_surrogate(std::optional<unsigned> unit) {
  return unit && *unit >= 0xdc00 && *unit < 0xe000;
}

struct Escape {
  std::size_t length;
  bool is_lone_surrogate;
};

Escape escape_at(std::string_view text, std::size_t i) {
  const auto unit = code_unit(text, i);
  if (!unit) return {std::min<std::size_t>(2, text.size() - i), false};
  if (!is_high_surrogate(unit)) return {kUnicodeEscape, is_low_surrogate(unit)};
  if (is_low_surrogate(code_unit(text, i + kUnicodeEscape))) return {2 * kUnicodeEscape, false};
  return {kUnicodeEscape, true};
}

// Where the string that begins at `i` ends; its mended text goes to `out`.
std::size_t mend_string(std::string_view text, std::size_t i, std::string& out) {
  out.push_back(text[i++]);
  while (i < text.size()) {
    if (text[i] == '\\') {
      const Escape escape = escape_at(text, i);
      out += escape.is_lone_surrogate ? kReplacementEscape : text.substr(i, escape.length);
      i += escape.length;
      continue;
    }
    out.push_back(text[i]);
    if (text[i++] == '"') break;
  }
  return i;
}

}  // namespace

std::string mend_json(std::string_view text) {
  std::string out, dropped;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      dropped.clear();
      i = mend_string(text, i, depth > kMaxJsonDepth ? dropped : out);
      continue;
    }
    if ((c == '[' || c == '{') && ++depth == kMaxJsonDepth + 1) out += "null";
    if (depth <= kMaxJsonDepth) out.push_back(c);
    if ((c == ']' || c == '}') && depth > 0) --depth;
    ++i;
  }
  return out;
}

}  // namespace consomme::socketio
