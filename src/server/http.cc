#include "server/http.h"

#include <utility>

#include "server/metrics.h"

namespace consomme::server {
namespace {

constexpr const char* kNoPage =
    "<!doctype html><meta charset=utf-8><title>consomme</title><p>consomme is running. Its demo page is not built: run "
    "<code>./run</code>, or <code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>, and start "
    "consomme again.";

socketio::HttpResponse plain(unsigned status, std::string body, const char* type = "text/plain; charset=utf-8") {
  return {status,
          {{"Content-Type", type}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}},
          std::move(body)};
}

socketio::HttpResponse health(const std::string& ailment) {
  return ailment.empty() ? plain(200, "ok\n") : plain(503, ailment + "\n");
}

}  // namespace

socketio::HttpResponse answer_http(const HttpContext& context, const socketio::HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = plain(405, "method not allowed\n");
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  const std::string_view path = request.path();
  if (path == "/healthz") return health(context.ailment());
  if (path == "/readyz") return context.is_ready ? plain(200, "ready\n") : plain(503, "draining\n");
  if (path == "/metrics") return plain(200, context.metrics(), kMetricsContentType);
  if (auto file = context.files.find(request)) return std::move(*file);
  if (path == "/" && context.files.empty()) return plain(200, kNoPage, "text/html; charset=utf-8");
  return plain(404, "not found\n");
}

}  // namespace consomme::server
