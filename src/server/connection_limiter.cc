#include "server/connection_limiter.h"

namespace consomme::server {

bool ConnectionLimiter::admit(Instant now, const std::string& address) {
  const auto ip = IpAddress::parse(address.substr(0, address.find('%')));  // a link-local one has a zone
  if (!ip || ip->is_loopback()) return true;
  if (buckets_.size() >= kMaxLimitedAddresses) make_place(now);
  return buckets_.try_emplace(site_of(*ip), now, per_second_, burst_).first->second.take(now);
}

// A full bucket is as good as none. If there is no full one, everybody starts anew.
void ConnectionLimiter::make_place(Instant now) {
  std::erase_if(buckets_, [now](const auto& bucket) { return bucket.second.is_full(now); });
  if (buckets_.size() >= kMaxLimitedAddresses) buckets_.clear();
}

}  // namespace consomme::server
