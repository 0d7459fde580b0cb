#include "sfu/ortc/format_parameters.h"

#include <algorithm>

namespace consomme::ortc {
namespace {

auto position(auto& entries, std::string_view name) {
  return std::ranges::find(entries, name, &FormatParameters::Entry::first);
}

}  // namespace

const ParameterValue* FormatParameters::find(std::string_view name) const {
  const auto at = position(entries_, name);
  return at == entries_.end() ? nullptr : &at->second;
}

std::optional<std::int64_t> FormatParameters::integer(std::string_view name) const {
  const ParameterValue* const value = find(name);
  if (value == nullptr || !std::holds_alternative<std::int64_t>(*value)) return std::nullopt;
  return std::get<std::int64_t>(*value);
}

void FormatParameters::set(std::string_view name, ParameterValue value) {
  if (const auto at = position(entries_, name); at != entries_.end()) {
    at->second = std::move(value);
  } else {
    entries_.emplace_back(name, std::move(value));
  }
}

void FormatParameters::erase(std::string_view name) {
  if (const auto at = position(entries_, name); at != entries_.end()) entries_.erase(at);
}

}  // namespace consomme::ortc
