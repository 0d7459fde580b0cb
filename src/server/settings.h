// The one table of settings: name, type, default, range, meaning. The configuration file, the environment variables,
// the flags, --help and the example file all follow from it. Leaves out reading them (config_load.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "server/config.h"

namespace consomme::server {

using ConfigMember =
    std::variant<bool Config::*, std::uint32_t Config::*, std::string Config::*, std::vector<std::string> Config::*>;

struct Setting {
  std::string_view section;  // of the file: "media"
  std::string_view name;     // unique in all sections; the flag and the variable are made of it
  ConfigMember member;
  std::string_view help;     // one line, with the unit of a number
  std::string_view expects;  // completes "write ..."
  std::uint32_t min = 0;     // of numbers
  std::uint32_t max = 0;
  bool (*accepts)(std::string_view) = nullptr;  // of texts, and of each item of a list; nullptr: any
};

std::span<const Setting> settings();
// By `name`; nullptr if there is none.
const Setting* find_setting(std::string_view name);
// The name nearest to a mistyped one, as "; did you mean ...?", or empty when nothing is near.
std::string suggestion(std::string_view mistyped);

std::string flag_of(const Setting&);      // "--media-port"
std::string variable_of(const Setting&);  // "CONSOMME_MEDIA_PORT"

// Sets one value given as text; lists are separated by commas. Errors: kInvalid, saying what to write.
Result<void> assign(Config& config, const Setting& setting, std::string_view text);
// The same for a list whose items are known already.
Result<void> assign_list(Config& config, const Setting& setting, std::vector<std::string> items);

// The value as a TOML file writes it: 8080, true, "text", ["a", "b"].
std::string toml_value(const Config& config, const Setting& setting);
// A complete, commented configuration file with these values.
std::string example_file(const Config& config);

}  // namespace consomme::server
