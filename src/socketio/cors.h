// Which web pages may talk to the server (the Fetch standard's CORS protocol). Pure. A page of a listed origin may send
// credentials, such as a cookie for a proxy in front. With "*" nobody may, as browsers have it too: every page of the
// web could come with its visitor's.
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
  // Adds what tells the browser that this origin may read the response, or, to a preflight's, that it may go on.
  void mark(const std::string& origin, HttpResponse& response) const;
  HttpResponse preflight(const HttpRequest& request) const;

 private:
  bool is_listed(const std::string& origin) const;

  std::vector<std::string> origins_;
  bool allows_all_;
};

}  // namespace consomme::socketio
