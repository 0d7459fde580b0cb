#include "server/web_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "socketio/text.h"

namespace consomme::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxTotalBytes = 64'000'000;  // the page has less than one; this bounds a mistaken folder

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kContentTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".mp3", "audio/mpeg"},
    {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
}};

// Only what the page needs: its own scripts, styles and connections, streams as media.
constexpr const char* kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

std::string_view content_type_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  const auto found = std::find_if(kContentTypes.begin(), kContentTypes.end(),
                                  [&](const auto& type) { return type.first == extension; });
  return found == kContentTypes.end() ? std::string_view() : found->second;
}

// FNV-1a: a name for a content, not a proof of it.
std::uint64_t content_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// RFC 9110 §13.1.2: "*", or a list of entity tags, of which W/ counts for nothing here. As nothing else in such a list
// is quoted, one that is ours is found as a text.
bool knows(const socketio::HttpRequest& request, std::string_view etag) {
  return std::ranges::any_of(request.headers, [&](const socketio::Header& h) {
    return socketio::equal_ignoring_case(h.name, "If-None-Match") && (h.value == "*" || h.value.contains(etag));
  });
}

}  // namespace

WebFiles::WebFiles(const fs::path& root) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) read(at->path(), "/" + at->path().lexically_relative(root).generic_string());
  if (const auto index = files_.find("/index.html"); index != files_.end()) files_.emplace("/", index->second);
}

void WebFiles::read(const fs::path& path, const std::string& name) {
  const std::string_view type = content_type_of(path);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (type.empty() || error || total_bytes_ + size > kMaxTotalBytes) return;
  std::ifstream in(path, std::ios::binary);
  std::string body{std::istreambuf_iterator<char>(in), {}};
  total_bytes_ += body.size();
  // Names in assets/ carry a hash of their content, so they never change.
  const bool is_hashed = name.starts_with("/assets/");
  std::string etag = fmt::format("\"{:016x}\"", content_hash(body));
  files_[name] = {std::move(body), std::string(type), std::move(etag),
                  is_hashed ? "public, max-age=31536000, immutable" : "no-cache"};
}

std::optional<socketio::HttpResponse> WebFiles::find(const socketio::HttpRequest& request) const {
  const auto found = files_.find(std::string(request.path()));
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  socketio::HttpResponse response{200,
                                  {{"Content-Type", file.content_type},
                                   {"Cache-Control", file.cache_control},
                                   {"ETag", file.etag},
                                   {"Content-Security-Policy", kContentSecurityPolicy},
                                   {"X-Content-Type-Options", "nosniff"},
                                   {"Referrer-Policy", "no-referrer"},
                                   {"Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"},
                                   {"Cross-Origin-Opener-Policy", "same-origin"}},
                                  {}};
  if (knows(request, file.etag))
    response.status = 304;
  else
    response.body = file.body;
  return response;
}

}  // namespace consomme::server
