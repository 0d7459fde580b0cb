// The codec-specific parameters of a codec (SDP's a=fmtp line, RFC 8866 §6.15): names with a text or a number, in the
// order they were given, since some clients write them back into SDP.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace consomme::ortc {

// A number without a fraction is always the integer, so that equal values compare equal.
using ParameterValue = std::variant<std::string, std::int64_t, double>;

class FormatParameters {
 public:
  using Entry = std::pair<std::string, ParameterValue>;

  FormatParameters() = default;
  FormatParameters(std::initializer_list<Entry> entries) : entries_(entries) {}

  // nullptr if there is none of that name.
  const ParameterValue* find(std::string_view name) const;
  // nullopt if there is none of that name, or if it is no integer.
  std::optional<std::int64_t> integer(std::string_view name) const;
  // Replaces the value in its place, or appends it.
  void set(std::string_view name, ParameterValue value);
  void erase(std::string_view name);

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool operator==(const FormatParameters&) const = default;

 private:
  std::vector<Entry> entries_;  // a handful; a search from the front is the quickest map
};

}  // namespace consomme::ortc
