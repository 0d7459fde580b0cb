#include "server/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "server/settings.h"
#include "server/toml.h"

namespace consomme::server {
namespace {

constexpr std::size_t kMaxFileBytes = 1'000'000;  // a hundred times what --print-config writes

// A value of the file as text in the form that assign() reads; nullopt for a table, date, float and the like.
std::optional<std::string> text_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto boolean = node.value_exact<bool>()) return *boolean ? "true" : "false";
  return std::nullopt;
}

std::optional<std::vector<std::string>> texts_of(const toml::array& array) {
  std::vector<std::string> items;
  for (const toml::node& node : array) {
    const auto text = node.value_exact<std::string>();
    if (!text) return std::nullopt;
    items.push_back(*text);
  }
  return items;
}

// Whether the file's type is the setting's: a quoted number is no number.
bool has_type(const Setting& setting, const toml::node& node) {
  struct {
    const toml::node& value;
    bool operator()(bool Config::*) const { return value.is_boolean(); }
    bool operator()(std::uint32_t Config::*) const { return value.is_integer(); }
    bool operator()(std::string Config::*) const { return value.is_string(); }
    bool operator()(std::vector<std::string> Config::*) const { return value.is_array(); }
  } const expected{node};
  return std::visit(expected, setting.member);
}

Result<void> read_setting(const toml::node& node, const Setting& setting, Config& config) {
  if (!has_type(setting, node))
    return invalid(fmt::format("{} has the wrong type: write {}, as in {} = {}", setting.name, setting.expects,
                               setting.name, toml_value(Config(), setting)));
  if (const toml::array* const array = node.as_array()) {
    auto items = texts_of(*array);
    if (!items) return invalid(fmt::format("{} is a list of texts: write {}", setting.name, setting.expects));
    return assign_list(config, setting, std::move(*items));
  }
  return assign(config, setting, *text_of(node));
}

Result<void> read_section(std::string_view section, const toml::table& table, Config& config) {
  for (const auto& [key, node] : table) {
    const Setting* const setting = find_setting(key.str());
    if (setting == nullptr) return invalid(fmt::format("unknown setting {}{}", key.str(), suggestion(key.str())));
    if (setting->section != section)
      return invalid(fmt::format("{} stands in [{}]: write it in [{}]", setting->name, section, setting->section));
    if (auto done = read_setting(node, *setting, config); !done) return done;
  }
  return {};
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(settings(), [&](const Setting& s) { return s.section == name; });
}

Result<void> read_table(const toml::table& file, Config& config) {
  for (const auto& [key, node] : file) {
    const Setting* const misplaced = find_setting(key.str());
    if (misplaced != nullptr)
      return invalid(fmt::format("{} stands outside a section: write it in [{}]", key.str(), misplaced->section));
    const toml::table* const table = node.as_table();
    if (table == nullptr && is_section(key.str())) return invalid(fmt::format("write the section as [{}]", key.str()));
    if (table == nullptr) return invalid(fmt::format("unknown setting {}{}", key.str(), suggestion(key.str())));
    if (!is_section(key.str()))
      return invalid(fmt::format("unknown section [{}]; see consomme --print-config", key.str()));
    if (auto done = read_section(key.str(), *table, config); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> read_config_text(std::string_view text, const std::string& path, Config& config) {
  try {
    auto done = read_table(toml::parse(text), config);
    if (!done) return invalid(fmt::format("{}: {}", path, done.error().text));
    return done;
  } catch (const ParserAtALoss&) {
    return invalid(fmt::format("{}: this is no TOML: write it as consomme --print-config does", path));
  } catch (const toml::parse_error& error) {
    return invalid(fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
}

Result<void> read_config_file(const std::string& path, Config& config) {
  const auto cannot_read = [&](const std::string& why) {
    return invalid(fmt::format("cannot read {}: {}; name a file with --config", path, why));
  };
  const auto system_error = [] { return std::generic_category().message(errno); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return cannot_read(system_error());
  std::string text(kMaxFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return cannot_read(system_error());
  if (text.size() > kMaxFileBytes) return cannot_read("it is larger than a configuration can be");
  return read_config_text(text, path, config);
}

}  // namespace consomme::server
