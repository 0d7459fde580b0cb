// Where the demo page's files are.
#pragma once

#include <filesystem>
#include <string>

namespace consomme::server {

// `configured` if it is not empty; else what an installation has (../share/consomme/web beside the folder of the
// binary), or a checkout (web/dist in one of the folders above it). Empty if there is neither.
std::filesystem::path find_web_root(const std::string& configured, const std::filesystem::path& executable);

// What to tell an operator where nothing was found there.
std::string missing_page(const std::string& configured);

}  // namespace consomme::server
