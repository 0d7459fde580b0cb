#include "socketio/json.h"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "socketio/server.h"
#include "socketio/text.h"

namespace consomme::socketio {
namespace {

namespace json = boost::json;
using json::error_code;

// Builds a value from the parser's events; differs from Boost's own builder in how it reads numbers.
struct ValueBuilder {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  json::value_stack stack;
  std::string number;
  std::size_t depth = 0;
  std::string_view verbatim;  // stands for the string that is being read

  std::string_view whole_number(json::string_view rest) {
    number.append(rest.data(), rest.size());
    return number;
  }

  bool on_document_begin(error_code&) {
    stack.reset(json::make_shared_resource<json::monotonic_resource>());
    return true;
  }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    ++depth;
    return true;
  }
  bool on_object_end(std::size_t n, error_code&) {
    --depth;
    stack.push_object(n);
    return true;
  }
  bool on_array_begin(error_code&) {
    ++depth;
    return true;
  }
  bool on_array_end(std::size_t n, error_code&) {
    --depth;
    stack.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(json::string_view s, std::size_t, error_code&) {
    stack.push_key(s);
    return true;
  }
  bool on_string_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(json::string_view s, std::size_t, error_code&) {
    stack.push_string(verbatim.empty() ? s : json::string_view(verbatim));
    return true;
  }
  bool on_number_part(json::string_view s, error_code&) {
    number.append(s.data(), s.size());
    return true;
  }
  bool on_int64(std::int64_t i, json::string_view rest, error_code&) {
    if (whole_number(rest) == "-0")
      stack.push_double(-0.0);
    else
      stack.push_int64(i);
    number.clear();
    return true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
    stack.push_uint64(u);
    number.clear();
    return true;
  }
  bool on_double(double approximate, json::string_view rest, error_code& ec) {
    const std::string_view text = whole_number(rest);
    double exact = approximate;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), exact);
    // Out of range also means too small: what rounds to zero is zero, what would be infinite is refused.
    if (result.ec != std::errc{}) exact = approximate;
    if (!std::isfinite(exact)) {
      ec = json::error::exponent_overflow;
      return false;
    }
    stack.push_double(exact);
    number.clear();
    return true;
  }
  bool on_bool(bool b, error_code&) {
    stack.push_bool(b);
    return true;
  }
  bool on_null(error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }
};

using Parser = json::basic_parser<ValueBuilder>;

// Texts are known to be valid UTF-8: as a whole that is seen faster than string by string.
json::parse_options options(std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  options.allow_invalid_utf8 = true;
  return options;
}

// Whether `text` is taken to its end: as a part of which the rest follows, or as the last.
enum class Part { kFirst, kLast };
bool takes(Parser& parser, std::string_view text, Part part) {
  error_code ec;
  return parser.write_some(part == Part::kFirst, text.data(), text.size(), ec) == text.size() && !ec;
}

constexpr std::string_view kBinaryKey = "\xff";
// One that no text can carry either.
constexpr std::string_view kVerbatimKey = "\xfe";
constexpr std::string_view kVerbatimPlace = "{\"\xfe\":\"\"}";
constexpr std::size_t kVerbatimDepth = 2;  // in an argument of an event
constexpr std::string_view kHex = "0123456789abcdef";

template <class Number>
void append_number(std::string& out, Number n) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  out.append(text.data(), end);
}

void append_double(std::string& out, double d) {
  if (std::isfinite(d))
    append_number(out, d);
  else
    out += "null";
}

void append_array(std::string& out, const json::array& array, std::vector<std::string>& attachments) {
  out.push_back('[');
  for (bool first = true; const json::value& element : array) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json(out, element, attachments);
  }
  out.push_back(']');
}

void append_object(std::string& out, const json::object& object, std::vector<std::string>& attachments) {
  out.push_back('{');
  for (bool first = true; const auto& member : object) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json_string(out, member.key());
    out.push_back(':');
    append_json(out, member.value(), attachments);
  }
  out.push_back('}');
}

// The value of an object's one member, a string with that key.
std::optional<std::string_view> only_string(const json::value& value, std::string_view key) {
  const json::object* const object = value.if_object();
  if (object == nullptr || object->size() != 1 || object->begin()->key() != key) return std::nullopt;
  const json::string* const text = object->begin()->value().if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(*text);
}

}  // namespace

json::value binary(std::string_view bytes) {
  return json::object{{kBinaryKey, json::string_view(bytes)}};
}

std::optional<std::string_view> as_binary(const json::value& value) {
  return only_string(value, kBinaryKey);
}

std::optional<std::string_view> as_verbatim(const json::value& value) {
  return only_string(value, kVerbatimKey);
}

std::string json_text(const json::value& value) {
  std::string text;
  std::vector<std::string> attachments;
  append_json(text, value, attachments);
  return text;
}

std::optional<json::value> parse_json(std::string_view text) {
  Parser parser(options(kMaxJsonDepth));
  if (!is_utf8(text) || !takes(parser, text, Part::kLast)) return std::nullopt;
  return parser.handler().stack.release();
}

std::optional<json::value> parse_json_around(std::string_view text, TextRange verbatim) {
  const std::string_view before = text.substr(0, verbatim.begin);
  const std::string_view behind = text.substr(verbatim.begin + verbatim.size);
  Parser parser(options(kMaxJsonDepth));
  if (!is_utf8(before) || !is_utf8(behind) || !takes(parser, before, Part::kFirst)) return std::nullopt;
  ValueBuilder& builder = parser.handler();
  if (builder.depth != kVerbatimDepth) return std::nullopt;
  builder.verbatim = text.substr(verbatim.begin, verbatim.size);
  if (!takes(parser, kVerbatimPlace, Part::kFirst)) return std::nullopt;
  builder.verbatim = {};
  if (!takes(parser, behind, Part::kLast)) return std::nullopt;
  return builder.stack.release();
}

std::size_t json_object_size(std::string_view text, std::size_t max_depth) {
  if (!text.starts_with('{')) return 0;
  Parser parser(options(max_depth));
  error_code ec;
  const std::size_t size = parser.write_some(false, text.data(), text.size(), ec);
  return !ec && is_utf8(text.substr(0, size)) ? size : 0;
}

void append_json_string(std::string& out, std::string_view text) {
  const auto needs_escape = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
  out.push_back('"');
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, needs_escape) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (c >= 0x20) {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else {
      out += "\\u00";
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  out.push_back('"');
}

void append_json(std::string& out, const json::value& value, std::vector<std::string>& attachments) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      append_number(out, value.get_int64());
      return;
    case json::kind::uint64:
      append_number(out, value.get_uint64());
      return;
    case json::kind::double_:
      append_double(out, value.get_double());
      return;
    case json::kind::string:
      append_json_string(out, value.get_string());
      return;
    case json::kind::array:
      append_array(out, value.get_array(), attachments);
      return;
    case json::kind::object:
      break;
  }
  if (const auto text = as_verbatim(value)) return void(out += *text);
  const std::optional<std::string_view> bytes = as_binary(value);
  if (!bytes) return append_object(out, value.get_object(), attachments);
  out += "{\"_placeholder\":true,\"num\":";
  append_number(out, attachments.size());
  out.push_back('}');
  attachments.emplace_back(*bytes);
}

}  // namespace consomme::socketio
