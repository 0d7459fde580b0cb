// What clients are told of where to send media, as an operator reads it at the start. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"

namespace consomme::server {

// What is probably wrong with the addresses `announced`, or empty. An error: no media could come.
Result<std::string> announcement_warning(const std::vector<std::string>& announced, const Config& config);

}  // namespace consomme::server
