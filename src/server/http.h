// What the server answers over HTTP besides Socket.IO: the demo page, and what operators ask. Pure.
#pragma once

#include <functional>
#include <string>

#include "server/web_files.h"
#include "socketio/http.h"

namespace consomme::server {

struct HttpContext {
  const WebFiles& files;
  bool is_ready = true;                  // false while draining
  std::function<std::string()> metrics;  // made only when asked for
  std::function<std::string()> ailment;  // likewise; empty: the process is well
};

// /healthz: the process lives, and its workers do (else 503). /readyz: it takes new rooms (else 503). /metrics:
// Prometheus. Everything else: the page.
socketio::HttpResponse answer_http(const HttpContext& context, const socketio::HttpRequest& request);

}  // namespace consomme::server
