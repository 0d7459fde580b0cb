// Small text matters of HTTP and Engine.IO, all pure: base64, UTF-8, percent-encoding, case-insensitive comparison.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace consomme::socketio {

// RFC 4648 §4, with padding.
void append_base64(std::string& out, std::string_view bytes);
// nullopt unless `text` is whole groups of the alphabet with padding only at the end.
std::optional<std::string> decode_base64(std::string_view text);

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// `text` with U+FFFD for every byte that is no UTF-8: what goes into a WebSocket's text must be valid (RFC 6455 §8.1).
std::string valid_utf8(std::string text);

// The pairs of a query string in order, percent-decoded, "+" as a space, valid UTF-8. Broken escapes stay as they are.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;
QueryPairs parse_query(std::string_view query);

// ASCII letters of either case are equal, as HTTP compares names and tokens.
bool equal_ignoring_case(std::string_view a, std::string_view b);
// RFC 9110 §5.6.2.
bool is_token_char(char c);
// Whether `token` is one of the comma-separated elements of `list` (RFC 9110 §5.6.1).
bool has_token(std::string_view list, std::string_view token);
// The first of the comma-separated elements of `list`; empty if that is no token.
std::string_view first_token(std::string_view list);

}  // namespace consomme::socketio
