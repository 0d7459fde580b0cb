// Where settings come from: flag over environment variable over file over default. Nothing is read from the process
// here: main hands in arguments and variables.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"

namespace consomme::server {

struct Launch {
  Config config;
  std::string print;  // not empty: what --help, --version or --print-config asked for; print it and end
};

// `arguments` without the program's name, `environment` as "NAME=value"; of it only CONSOMME_* is looked at.
// Errors: one line that says what to write instead.
Result<Launch> load_config(std::vector<std::string> arguments, const std::vector<std::string>& environment);

}  // namespace consomme::server
