// JSON as the protocol needs it: strict and bounded when read, compact and exact when written. Boost.JSON parses;
// numbers go through the standard library, because its own doubles may be one unit in the last place off. Pure
// functions.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "socketio/verbatim.h"

namespace consomme::socketio {

// Every walk over a value is recursive. socket.io-client's own messages are far below.
inline constexpr std::size_t kMaxJsonDepth = 128;

// One whole JSON text (RFC 8259), or nullopt: trailing bytes, comments, numbers beyond a double, invalid UTF-8, lone
// surrogates and too much depth are all refused. The value and what is copied or moved from it lie in one piece of
// memory, which goes when the last of them has gone: allocating and freeing a request's thousand parts one by one costs
// as much as reading it.
std::optional<boost::json::value> parse_json(std::string_view text);

// The arguments of an event, `[name, {member: object}]`, with the object at `verbatim` left as text (as_verbatim() in
// server.h), which is JSON by itself. nullopt also if it stands at another depth.
std::optional<boost::json::value> parse_json_around(std::string_view text, TextRange verbatim);
// The size of the object that `text` begins with, white space behind it included; 0 if it begins with none, or with one
// that is nested deeper than `max_depth`.
std::size_t json_object_size(std::string_view text, std::size_t max_depth);

// The same text, with null for what is nested deeper than kMaxJsonDepth, and the escape of U+FFFD for each that is half
// of a surrogate pair: both are JSON that JavaScript writes, and only parse_json() cannot hold.
std::string mend_json(std::string_view text);

// Appends `value` without spaces; a number that is not finite becomes null, as JavaScript writes it. Each binary value
// (binary() in server.h) is moved into `attachments` and leaves a placeholder behind, numbered in order of appearance.
void append_json(std::string& out, const boost::json::value& value, std::vector<std::string>& attachments);
void append_json_string(std::string& out, std::string_view text);

}  // namespace consomme::socketio
