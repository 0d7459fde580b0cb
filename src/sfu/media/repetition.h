// Whether a receiver is told lost sound twice though nothing shows that its link has room for it. Where only receiver
// reports tell of a link, as of one for sound alone, losses look like a full link. So it is tried, and given up for a
// longer and longer while when round trips grow longer. Owned with the peer.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "base/time.h"

namespace consomme::media {

class Repetition {
 public:
  static constexpr Duration kQueue = 100ms;  // more than that, and it is a queue
  static constexpr Duration kRest = 1min;    // behind the first one; twice as long behind each further one
  static constexpr Duration kMaxRest = 16min;

  // `round_trip`: as last measured; nullopt: not yet, and nothing is tried of which nobody could tell what it does.
  bool may_go_on(Instant now, std::optional<Duration> round_trip) {
    if (now < rests_until_ || !round_trip) return false;
    least_ = std::min(*round_trip, least_);
    if (*round_trip - least_ <= kQueue) return true;
    least_ = Duration::max();
    rests_until_ = now + std::exchange(rest_, std::min(2 * rest_, kMaxRest));
    return false;
  }

 private:
  Duration least_ = Duration::max();  // of the round trips since it was tried
  Instant rests_until_{};
  Duration rest_ = kRest;
};

}  // namespace consomme::media
