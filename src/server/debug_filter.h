// Which debug namespaces are on, as the DEBUG variable says it in the syntax of the npm package `debug`: patterns
// separated by commas or spaces, `*` stands for anything, a leading `-` excludes (and wins, wherever it stands). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consomme::server {

class DebugFilter {
 public:
  // "mediasoup*", "mediasoup:*,-mediasoup:signaling", ""
  explicit DebugFilter(std::string_view patterns);

  bool enabled(std::string_view name) const;

 private:
  std::vector<std::string> shown_;
  std::vector<std::string> hidden_;
};

}  // namespace consomme::server
