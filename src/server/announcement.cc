#include "server/announcement.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/address.h"

namespace consomme::server {
namespace {

struct Network {
  std::array<std::uint8_t, 2> prefix;
  std::array<std::uint8_t, 2> mask;
};
// What no router of the Internet knows: RFC 1918, RFC 6598 (carriers).
constexpr std::array kPrivateV4{Network{{10, 0}, {255, 0}}, Network{{172, 16}, {255, 240}},
                                Network{{192, 168}, {255, 255}}, Network{{100, 64}, {255, 192}}};
// RFC 4193, and link-local.
constexpr std::array kPrivateV6{Network{{0xfc, 0}, {0xfe, 0}}, Network{{0xfe, 0x80}, {0xff, 0xc0}}};

bool is_loopback(const IpAddress& ip) {
  return ip.is_loopback();
}

bool is_private(const IpAddress& ip) {
  const std::uint8_t* const bytes = ip.v6_bytes().data() + (ip.is_v4() ? 12 : 0);
  const auto has = [bytes](const Network& network) {
    return (bytes[0] & network.mask[0]) == network.prefix[0] && (bytes[1] & network.mask[1]) == network.prefix[1];
  };
  return ip.is_v4() ? std::ranges::any_of(kPrivateV4, has) : std::ranges::any_of(kPrivateV6, has);
}

bool all(const std::vector<std::string>& addresses, bool (*are)(const IpAddress&)) {
  return std::ranges::all_of(addresses, [&](std::string_view address) {
    const auto ip = IpAddress::parse(address.substr(0, address.find('=')));
    return ip && are(*ip);
  });
}

}  // namespace

Result<std::string> announcement_warning(const std::vector<std::string>& announced, const Config& config) {
  if (announced.empty())
    return refuse(ErrorCode::kUnavailable,
                  "this host has no address that clients could send media to: bring its network up, or write "
                  "media_addresses = [\"0.0.0.0\"] where there is no IPv6");
  const bool listens_beyond = !all({config.host}, is_loopback) || !all(config.media_addresses, is_loopback);
  if (!listens_beyond) return {};
  if (all(announced, is_loopback))
    return "only loopback is announced for media: clients on other hosts will have none. Set media_addresses to an "
           "address that they can reach";
  if (all(announced, [](const IpAddress& ip) { return is_loopback(ip) || is_private(ip); }))
    return "only private addresses are announced for media: clients beyond this network will have none. Behind NAT? "
           "Set media_addresses = [\"0.0.0.0=...\"] with the public address";
  return {};
}

}  // namespace consomme::server
