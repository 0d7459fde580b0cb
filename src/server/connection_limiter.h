// How many new connections one address may still open: a token bucket for each that came lately. Loopback is let
// through: who comes from there is a proxy, whose clients cannot be told apart here. Driven by Server; reads no clock.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/site.h"
#include "base/time.h"
#include "server/signaling/token_bucket.h"

namespace consomme::server {

// Buckets at once, some 100 bytes each. An attacker with more addresses than that is not held by this limit anyway.
inline constexpr std::size_t kMaxLimitedAddresses = 65'536;

class ConnectionLimiter {
 public:
  ConnectionLimiter(std::uint32_t per_second, std::uint32_t burst) : per_second_(per_second), burst_(burst) {}

  // Whether one more connection from this IP address is admitted.
  bool admit(Instant now, const std::string& address);
  std::size_t addresses() const { return buckets_.size(); }

 private:
  void make_place(Instant now);

  std::uint32_t per_second_;
  std::uint32_t burst_;
  std::map<IpAddress, TokenBucket> buckets_;  // by site
};

}  // namespace consomme::server
