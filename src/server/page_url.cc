#include "server/page_url.h"

#include <fmt/format.h>

#include "base/address.h"

namespace consomme::server {

std::string page_url(const std::string& host, std::uint16_t port) {
  const auto ip = IpAddress::parse(host);
  if (!ip) return fmt::format("http://{}:{}/", host, port);
  if (ip->is_unspecified()) return fmt::format("http://localhost:{}/", port);
  return fmt::format("http://{}/", SocketAddress{*ip, port}.to_string());
}

}  // namespace consomme::server
