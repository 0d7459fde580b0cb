#include "socketio/http.h"

#include <algorithm>

#include "socketio/text.h"

namespace consomme::socketio {

std::string_view HttpRequest::path() const {
  const std::string_view all = target;
  return all.substr(0, all.find('?'));
}

std::string_view HttpRequest::query() const {
  const std::string_view all = target;
  return all.substr(std::min(all.size(), path().size() + 1));
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const Header& h : headers)
    if (equal_ignoring_case(h.name, name)) return h.value;
  return {};
}

}  // namespace consomme::socketio
