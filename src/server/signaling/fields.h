// The shape of a request: which fields it has and what they hold. Checked once, before any handler runs, so that
// handlers read what is there. What objects mean is judged where they are read (server/json, sfu/ortc).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace consomme::server {

enum class FieldType : std::uint8_t {
  kText,  // 1 to kMaxNameBytes bytes
  kName,  // 0 to kMaxNameBytes bytes; an empty name is as none
  kId,    // 1 to kMaxIdBytes bytes
  kBoolean,
  kObject,
  kAppData,    // an object of at most kMaxAppDataBytes as JSON
  kKind,       // "audio" or "video"
  kDirection,  // "send" or "recv"
  kLayer,      // an integer from 0 to kMaxLayer
  kPriority,   // an integer from 1 to 255
};

struct Field {
  std::string_view name;
  FieldType type = FieldType::kText;
  bool required = true;  // an optional field may be absent or null
};

// Binary data arrives as an object with this one key, which no JSON text can hold (socketio::binary()). No field is
// binary: what one client sent would leave as an attachment to the others.
inline constexpr std::string_view kBinaryKey = "\xff";
// rtpCapabilities may arrive as an object with this one key, the value of which is their text
// (socketio::as_verbatim()).
inline constexpr std::string_view kVerbatimKey = "\xfe";

// The one object that a request consists of. Errors: kInvalid for none, several or another type, and naming the field
// that is nested beyond kMaxJsonDepth or holds binary data. The object lives as long as `args`.
Result<const boost::json::object*> request_object(const boost::json::array& args);

// Whether every field holds what it must. Errors: kInvalid naming the first that does not.
Result<void> check_fields(const boost::json::object& request, std::span<const Field> fields);

// A text field that was checked; empty if it is absent.
std::string text_field(const boost::json::object& request, std::string_view name);
// A number that was checked.
std::uint8_t number_field(const boost::json::object& request, std::string_view name);
// A field that was checked; nullptr if it is absent or null.
const boost::json::value* find_field(const boost::json::object& request, std::string_view name);

}  // namespace consomme::server
