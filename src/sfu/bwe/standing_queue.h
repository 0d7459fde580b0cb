// A queue that neither grows nor drains: the detector of slopes is blind to it, but everybody's delay suffers. Owned by
// the bandwidth estimator, which takes its verdict for congestion.
//
// If sending less does not shorten the queue, it is another's, who fills whatever there is: then giving way only
// starves us, and for a while no delay says anything against what we send. Loss still does.
#pragma once

#include <optional>

#include "base/time.h"

namespace consomme::bwe {

class StandingQueue {
 public:
  static constexpr Duration kTolerated = 40ms;
  static constexpr Duration kStands = 200ms;    // so long above it before that is a verdict
  static constexpr Duration kResponse = 400ms;  // for a lower rate to show, besides a round trip
  static constexpr int kMaxVain = 4;            // verdicts that changed nothing
  static constexpr Duration kTruce = 10s;

  // Once for each feedback. True: it stands.
  bool update(Instant now, Duration queue, Duration rtt);
  // It stands whatever we send.
  bool is_anothers(Instant now) const { return now < truce_until_; }

 private:
  std::optional<Instant> above_since_;
  Instant quiet_until_{};
  Instant truce_until_{};
  Duration at_verdict_{};
  int vain_ = 0;
};

}  // namespace consomme::bwe
