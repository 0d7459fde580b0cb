// Which web pages may talk to the server (the Fetch standard's CORS protocol). Pure. Credentials are never allowed:
// sessions live in the query, not in cookies, and so no origin can ride on another's.
#pragma once

#include <string>
#include <vector>

#include "socketio/http.h"

namespace consomme::socketio {

class Cors {
 public:
  // "*" among them allows everyone.
  explicit Cors(std::vector<std::string> origins);

  // False for a page of another origin that is not listed. Requests without an Origin do not come from a page.
  bool allows(const HttpRequest& request) const;
  // Adds what tells the browser that this origin may read the response.
  void mark(const std::string& origin, HttpResponse& response) const;
  HttpResponse preflight(const HttpRequest& request) const;

 private:
  bool is_listed(const std::string& origin) const;

  std::vector<std::string> origins_;
  bool allows_all_;
};

}  // namespace consomme::socketio
