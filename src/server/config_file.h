// The TOML file of settings. Driven by config_load.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "server/config.h"

namespace consomme::server {

// Lays the settings of a file over `config`. Errors: one line with the file, the place and what to write instead.
Result<void> read_config_file(const std::string& path, Config& config);
// The same for a file's content; `path` is its name in errors.
Result<void> read_config_text(std::string_view text, const std::string& path, Config& config);

}  // namespace consomme::server
