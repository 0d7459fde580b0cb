// The demo page, read into memory once. A request can only name what was read, so no path leads out of the folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include "socketio/http.h"

namespace consomme::server {

class WebFiles {
 public:
  WebFiles() = default;  // no page
  // Reads every file below `root` by its extension's content type; others are left out, and so is what is too large.
  explicit WebFiles(const std::filesystem::path& root);

  bool empty() const { return files_.empty(); }
  // The answer to GET or HEAD of a path; nullopt if there is no such file. "/" is index.html.
  std::optional<socketio::HttpResponse> find(const socketio::HttpRequest& request) const;

 private:
  struct File {
    std::string body;
    std::string content_type;
    std::string etag;
    std::string cache_control;
  };
  void read(const std::filesystem::path& path, const std::string& name);

  std::unordered_map<std::string, File> files_;  // by the path of their URL
  std::uintmax_t total_bytes_ = 0;
};

}  // namespace consomme::server
