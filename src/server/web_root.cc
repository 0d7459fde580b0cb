#include "server/web_root.h"

namespace consomme::server {
namespace {

namespace fs = std::filesystem;

bool has_page(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "index.html", ignored);
}

}  // namespace

fs::path find_web_root(const std::string& configured, const fs::path& executable) {
  if (!configured.empty()) return configured;
  const fs::path folder = executable.parent_path();
  if (const fs::path installed = folder.parent_path() / "share/consomme/web"; has_page(installed)) return installed;
  for (fs::path above = folder; above.has_relative_path(); above = above.parent_path())
    if (const fs::path built = above / "web/dist"; has_page(built)) return built;
  return {};
}

std::string missing_page(const std::string& configured) {
  if (configured.empty()) return "no demo page: build web/ or set web_root";
  return "no demo page: there is no index.html in web_root = " + configured;
}

}  // namespace consomme::server
