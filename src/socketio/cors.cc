#include "socketio/cors.h"

#include <algorithm>

#include "socketio/text.h"

namespace consomme::socketio {
namespace {

// "https://example.org:8443" is "example.org:8443" in a Host header.
std::string_view host_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == origin.npos ? origin : origin.substr(scheme + 3);
}

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)), allows_all_(std::ranges::find(origins_, "*") != origins_.end()) {}

bool Cors::is_listed(const std::string& origin) const {
  return std::ranges::find(origins_, origin) != origins_.end();
}

bool Cors::allows(const HttpRequest& request) const {
  const std::string origin(request.header("Origin"));
  return allows_all_ || origin.empty() || is_listed(origin) ||
         equal_ignoring_case(host_of(origin), request.header("Host"));
}

void Cors::mark(const std::string& origin, HttpResponse& response) const {
  if (allows_all_) return response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back({"Vary", "Origin"});
  if (!is_listed(origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", origin});
  response.headers.push_back({"Access-Control-Allow-Credentials", "true"});
}

HttpResponse Cors::preflight(const HttpRequest& request) const {
  HttpResponse response{204, {{"Access-Control-Allow-Methods", "GET, POST, OPTIONS"}}, {}};
  const std::string asked(request.header("Access-Control-Request-Headers"));
  if (!asked.empty()) response.headers.push_back({"Access-Control-Allow-Headers", asked});
  return response;
}

}  // namespace consomme::socketio
