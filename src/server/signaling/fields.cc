#include "server/signaling/fields.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <string>

#include "server/json/reader.h"
#include "server/signaling/limits.h"

namespace consomme::server {
namespace {

namespace bj = boost::json;

bool is_binary(const bj::value& value) {
  return value.is_object() && value.get_object().size() == 1 && value.get_object().contains(kBinaryKey);
}

// Whether `wrong(inner, levels)` holds for an array or object that `structure`, itself one, is or has anywhere in it;
// `levels` is how much deeper it may be nested.
template <class Wrong>
bool holds(const bj::value& structure, std::size_t levels, Wrong wrong) {
  if (wrong(structure, levels)) return true;
  const auto has = [&](const bj::value& inner) { return inner.is_structured() && holds(inner, levels - 1, wrong); };
  if (const bj::array* const array = structure.if_array()) return std::ranges::any_of(*array, has);
  return std::ranges::any_of(structure.get_object(), has,
                             [](const auto& member) -> const bj::value& { return member.value(); });
}

// What is wrong with a value, to stand behind the field's name; empty if nothing is.
std::string structure_fault(const bj::value& value) {
  const auto is_deepest = [](const bj::value&, std::size_t levels) { return levels == 0; };
  const auto is_wrong = [&](const bj::value& inner, std::size_t levels) { return levels == 0 || is_binary(inner); };
  if (!value.is_structured() || !holds(value, kMaxJsonDepth - 1, is_wrong)) return {};
  if (holds(value, kMaxJsonDepth - 1, is_deepest))
    return "must not be nested deeper than " + std::to_string(kMaxJsonDepth) + " levels";
  return "must not hold binary data";
}

std::string text_fault(const bj::value& value, std::size_t max_bytes) {
  if (!value.is_string()) return "must be a string";
  if (value.get_string().empty() || value.get_string().size() > max_bytes)
    return "must have 1 to " + std::to_string(max_bytes) + " bytes";
  return {};
}

std::string name_fault(const bj::value& value) {
  if (value.is_string() && value.get_string().empty()) return {};
  return text_fault(value, kMaxNameBytes);
}

std::string word_fault(const bj::value& value, std::string_view one, std::string_view other) {
  if (value.is_string() && (value.get_string() == one || value.get_string() == other)) return {};
  return "must be \"" + std::string(one) + "\" or \"" + std::string(other) + "\"";
}

std::string integer_fault(const bj::value& value, std::int64_t min, std::int64_t max) {
  const std::int64_t* const number = value.if_int64();
  if (number != nullptr && *number >= min && *number <= max) return {};
  return "must be an integer from " + std::to_string(min) + " to " + std::to_string(max);
}

std::string app_data_fault(const bj::value& value) {
  if (!value.is_object()) return "must be an object";
  if (bj::serialize(value).size() > kMaxAppDataBytes)
    return "must have at most " + std::to_string(kMaxAppDataBytes) + " bytes";
  return {};
}

std::string fault(const bj::value& value, FieldType type) {
  switch (type) {
    case FieldType::kText:
      return text_fault(value, kMaxNameBytes);
    case FieldType::kName:
      return name_fault(value);
    case FieldType::kId:
      return text_fault(value, kMaxIdBytes);
    case FieldType::kBoolean:
      return value.is_bool() ? "" : "must be a boolean";
    case FieldType::kObject:
      return value.is_object() ? "" : "must be an object";
    case FieldType::kAppData:
      return app_data_fault(value);
    case FieldType::kKind:
      return word_fault(value, "audio", "video");
    case FieldType::kDirection:
      return word_fault(value, "send", "recv");
    case FieldType::kLayer:
      return integer_fault(value, 0, kMaxLayer);
    case FieldType::kPriority:
      return integer_fault(value, 1, 255);
  }
  return "cannot be judged";
}

}  // namespace

Result<const bj::object*> request_object(const bj::array& args) {
  if (args.size() != 1 || !args[0].is_object() || is_binary(args[0])) return invalid("a request must be one object");
  const bj::object& request = args[0].get_object();
  for (const auto& field : request)
    if (const std::string wrong = structure_fault(field.value()); !wrong.empty())
      return invalid(std::string(json::cut_text(field.key(), kMaxQuotedBytes)) + " " + wrong);
  return &request;
}

Result<void> check_fields(const bj::object& request, std::span<const Field> fields) {
  for (const Field& field : fields) {
    const bj::value* const value = request.if_contains(field.name);
    const bool absent = value == nullptr || (value->is_null() && !field.required);
    if (absent && field.required) return invalid(std::string(field.name) + " is missing");
    if (absent) continue;
    if (const std::string wrong = fault(*value, field.type); !wrong.empty())
      return invalid(std::string(field.name) + " " + wrong);
  }
  return {};
}

std::string text_field(const bj::object& request, std::string_view name) {
  const bj::value* const value = find_field(request, name);
  return value == nullptr ? std::string() : std::string(value->get_string());
}

std::uint8_t number_field(const bj::object& request, std::string_view name) {
  return static_cast<std::uint8_t>(request.at(name).get_int64());
}

const bj::value* find_field(const bj::object& request, std::string_view name) {
  const bj::value* const value = request.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace consomme::server
