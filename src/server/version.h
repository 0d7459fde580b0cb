#pragma once

#include <string_view>

namespace consomme::server {

// Of the project, as its CMakeLists.txt has it: "1.2.3".
std::string_view version();

}  // namespace consomme::server
