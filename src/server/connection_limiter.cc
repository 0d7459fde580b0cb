#include "server/connection_limiter.h"

#include <boost/asio/ip/address.hpp>

namespace consomme::server {
namespace {

constexpr std::ptrdiff_t kPrefixBytes = 8;  // of an IPv6 address: its /64

std::string counted_part(const boost::asio::ip::address& address) {
  if (address.is_v6()) {
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.begin() + kPrefixBytes};
  }
  const auto bytes = address.to_v4().to_bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

bool ConnectionLimiter::admit(Instant now, const std::string& address) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error || ip.is_loopback()) return true;
  if (buckets_.size() >= kMaxLimitedAddresses) make_place(now);
  return buckets_.try_emplace(counted_part(ip), now, per_second_, burst_).first->second.take(now);
}

// A full bucket is as good as none. If there is no full one, everybody starts anew.
void ConnectionLimiter::make_place(Instant now) {
  std::erase_if(buckets_, [now](const auto& bucket) { return bucket.second.is_full(now); });
  if (buckets_.size() >= kMaxLimitedAddresses) buckets_.clear();
}

}  // namespace consomme::server
