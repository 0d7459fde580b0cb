// How many requests a client may still make: a bucket of `burst` tokens that refills at `per_second`. Driven by
// Signaling; reads no clock.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace consomme::server {

class TokenBucket {
 public:
  TokenBucket(Instant now, std::uint32_t per_second, std::uint32_t burst)
      : interval_(Duration(1s) / per_second), depth_(interval_ * burst), full_at_(now) {}

  // Takes one token; false when there is none.
  bool take(Instant now) {
    const Instant full_at = std::max(full_at_, now) + interval_;
    if (full_at - now > depth_) return false;
    full_at_ = full_at;
    return true;
  }

  // Whether it is as a new one.
  bool is_full(Instant now) const { return full_at_ <= now; }

 private:
  Duration interval_;  // in which one token comes back
  Duration depth_;     // in which an empty bucket fills
  Instant full_at_;    // when the bucket would be full if nothing more were taken
};

}  // namespace consomme::server
