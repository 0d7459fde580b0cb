#include "sfu/bwe/standing_queue.h"

namespace consomme::bwe {

bool StandingQueue::update(Instant now, Duration queue, Duration rtt, bool less_is_sent) {
  if (queue < kEmpty || runs_away(now, queue)) is_ours(now);
  if (queue <= kTolerated) {
    above_since_.reset();
    in_a_row_ = 0;
    return false;
  }
  if (!above_since_) above_since_ = now;
  if (now < quiet_until_ || now - *above_since_ < kStands) return false;
  const bool shorter = queue < at_verdict_ * 3 / 4;
  at_verdict_ = queue;
  in_a_row_ = shorter ? 0 : in_a_row_ + 1;
  if (!shorter && less_is_sent) ++in_vain_;
  if (in_a_row_ > kMaxInARow || in_vain_ > kMaxInVain) {
    begin_truce(now);
    return false;
  }
  quiet_until_ = now + rtt + kResponse;
  return true;
}

bool StandingQueue::runs_away(Instant now, Duration queue) const {
  const Instant truce_since = truce_until_ - kTruce;
  return is_anothers(now) && now - truce_since < kTrial && queue > at_verdict_ + kRunsAway;
}

void StandingQueue::is_ours(Instant now) {
  in_a_row_ = in_vain_ = 0;
  if (is_anothers(now)) quiet_until_ = truce_until_ = now;
}

void StandingQueue::begin_truce(Instant now) {
  in_a_row_ = kMaxInARow - 1;  // behind it one verdict that changes nothing is enough
  in_vain_ = kMaxInVain - 1;
  quiet_until_ = truce_until_ = now + kTruce;
}

}  // namespace consomme::bwe
