#include "sfu/bwe/standing_queue.h"

namespace consomme::bwe {

bool StandingQueue::update(Instant now, Duration queue, Duration rtt) {
  if (queue <= kTolerated) {
    above_since_.reset();
    truce_until_ = {};
    vain_ = 0;
    return false;
  }
  if (!above_since_) above_since_ = now;
  if (now < quiet_until_ || now - *above_since_ < kStands) return false;
  const bool shorter = queue < at_verdict_ * 3 / 4;
  vain_ = shorter ? 0 : vain_ + 1;
  at_verdict_ = queue;
  if (vain_ > kMaxVain) {
    vain_ = kMaxVain - 1;  // then one verdict that changes nothing is enough
    quiet_until_ = truce_until_ = now + kTruce;
    return false;
  }
  quiet_until_ = now + rtt + kResponse;
  return true;
}

}  // namespace consomme::bwe
