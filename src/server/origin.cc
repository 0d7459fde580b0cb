#include "server/origin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/address.h"

namespace consomme::server {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 2> kDefaultPorts{{{"http", 80}, {"https", 443}}};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_scheme(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; });
}

// A name as it stands in a URL, where one with other letters is written as xn--.
bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']'))
    return IpAddress::parse(text.substr(1, text.size() - 2)).has_value();
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

// ":443"
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, port);
  return error == std::errc() && stop == end && port != 0 ? std::optional(port) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::optional<std::string> normal_origin(std::string_view text) {
  if (text == "*") return "*";
  const std::string origin = lower(text);
  const std::size_t end_of_scheme = origin.find("://");
  if (end_of_scheme == std::string::npos) return std::nullopt;
  const std::string_view scheme = std::string_view(origin).substr(0, end_of_scheme);
  const std::string_view authority = std::string_view(origin).substr(end_of_scheme + 3);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  if (!is_scheme(scheme) || !is_host(host)) return std::nullopt;
  if (colon == std::string_view::npos) return origin;
  const auto port = port_of(authority.substr(colon));
  if (!port) return std::nullopt;
  const bool is_default = std::ranges::find(kDefaultPorts, std::pair(scheme, *port)) != kDefaultPorts.end();
  return std::string(scheme) + "://" + std::string(host) + (is_default ? "" : ":" + std::to_string(*port));
}

}  // namespace consomme::server
