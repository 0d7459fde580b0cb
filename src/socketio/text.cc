#include "socketio/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace consomme::socketio {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotBase64 = 0xff;
constexpr std::string_view kReplacement = "\uFFFD";

constexpr std::array<std::uint8_t, 256> kBase64Values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotBase64);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (escape) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The length of the UTF-8 sequence that begins at `i` (RFC 3629 §4), or 0 if it is broken.
std::size_t utf8_sequence(std::string_view text, std::size_t i) {
  const std::uint8_t lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : (lead & 0xf0) == 0xe0        ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() - i < length) return 0;
  const std::uint8_t second = byte_at(text, i + 1);
  const std::uint8_t lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (std::size_t k = 2; k < length; ++k)
    if ((byte_at(text, i + k) & 0xc0) != 0x80) return 0;
  return length;
}

// How much of the beginning is ASCII, in whole words: many bytes at a time, since most text is nothing else.
std::size_t ascii_words(std::string_view text) {
  constexpr std::uint64_t kNotAscii = 0x8080'8080'8080'8080;
  std::array<std::uint64_t, 4> block;
  std::uint64_t word = 0;
  std::size_t seen = 0;
  for (; text.size() - seen >= sizeof block; seen += sizeof block) {
    std::memcpy(block.data(), text.data() + seen, sizeof block);
    if (((block[0] | block[1] | block[2] | block[3]) & kNotAscii) != 0) break;
  }
  for (; text.size() - seen >= sizeof word; seen += sizeof word) {
    std::memcpy(&word, text.data() + seen, sizeof word);
    if ((word & kNotAscii) != 0) break;
  }
  return seen;
}

// Cuts the first element off a comma-separated list.
std::string_view take_element(std::string_view& list) {
  std::string_view element = list.substr(0, list.find(','));
  list.remove_prefix(std::min(list.size(), element.size() + 1));
  while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
  while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
  return element;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8) | (k < n ? byte_at(bytes, i + k) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(k <= n ? kBase64[(group >> (18 - 6 * k)) & 63] : '=');
  }
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t value = k < digits ? kBase64Values[byte_at(text, i + k)] : std::uint8_t{0};
      if (value == kNotBase64) return std::nullopt;
      group = (group << 6) | value;
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) out.push_back(static_cast<char>((group >> (16 - 8 * k)) & 0xff));
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = ascii_words(text); i < text.size();) {
    const std::size_t length = utf8_sequence(text, i);
    if (length == 0) return false;
    i += length;
    if (length > 1) i += ascii_words(text.substr(i));
  }
  return true;
}

std::string valid_utf8(std::string text) {
  if (is_utf8(text)) return text;
  std::string valid;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence(text, i);
    valid += length == 0 ? kReplacement : std::string_view(text).substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return valid;
}

QueryPairs parse_query(std::string_view query) {
  QueryPairs pairs;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(part.size(), equals + 1));
    pairs.emplace_back(valid_utf8(percent_decode(part.substr(0, equals))), valid_utf8(percent_decode(value)));
  }
  return pairs;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_token_char(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kOthers.find(c) != kOthers.npos;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty())
    if (equal_ignoring_case(take_element(list), token)) return true;
  return false;
}

std::string_view first_token(std::string_view list) {
  const std::string_view element = take_element(list);
  return std::ranges::all_of(element, is_token_char) ? element : std::string_view();
}

}  // namespace consomme::socketio
