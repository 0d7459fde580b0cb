// HTTP as plain values, so that nothing but the parser and the sockets knows how it came over the wire. Driven by the
// listener (requests in, responses out) and by whoever serves the paths that are not Engine.IO's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace consomme::socketio {

struct Header {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string target;  // "/path?query", also if sent as "http://host/path?query"
  std::vector<Header> headers;
  std::string body;     // decoded from chunks; at most Config::max_payload_bytes
  std::string address;  // the peer's IP address, without a port

  // The target up to its "?", not decoded.
  std::string_view path() const;
  // What follows the "?"; empty if there is none.
  std::string_view query() const;
  // The first header of that name (any letter case), or empty.
  std::string_view header(std::string_view name) const;
};

// Content-Length and Connection are added when it is written; everything else is here.
struct HttpResponse {
  unsigned status = 200;
  std::vector<Header> headers;
  std::string body;
};

// Why a connection was closed as soon as it had come, without an answer.
enum class TurnedAway { kNoDescriptor, kAddressConnections };

}  // namespace consomme::socketio
