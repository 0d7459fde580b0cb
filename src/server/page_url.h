// Where a person opens the demo page.
#pragma once

#include <cstdint>
#include <string>

namespace consomme::server {

// "http://localhost:8080/" where `host` is every address of this machine: browsers give the camera to localhost without
// TLS (https://w3c.github.io/webappsec-secure-contexts/ 3.1); "http://[2001:db8::1]:8080/" where it is one address.
std::string page_url(const std::string& host, std::uint16_t port);

}  // namespace consomme::server
