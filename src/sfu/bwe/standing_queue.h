// A queue that neither grows nor drains: the detector of slopes is blind to it, but everybody's delay suffers. Owned by
// the bandwidth estimator, which takes its verdict for congestion.
//
// If sending less does not shorten the queue, it is another's, who fills whatever there is: then giving way only
// starves us, and for a while no delay says anything against what we send. Loss still does. One who halves his window
// when the queue overflows shortens it himself, now and then, but he does not empty it, as we would by giving way to
// ourselves: so verdicts that changed nothing are counted until it is empty, where less was sent indeed.
//
// A link that fades faster than we give way looks the same, until we no longer do: then its queue runs away.
#pragma once

#include <optional>

#include "base/time.h"

namespace consomme::bwe {

class StandingQueue {
 public:
  static constexpr Duration kTolerated = 40ms;
  static constexpr Duration kStands = 200ms;    // so long above it before that is a verdict
  static constexpr Duration kResponse = 400ms;  // for a lower rate to show, besides a round trip
  // Verdicts that changed nothing: one after another, or since it was empty, whatever came between them.
  static constexpr int kMaxInARow = 4;
  static constexpr int kMaxInVain = 5;
  // Empty but for what pictures and chance leave in it. Of 100 ms, 30 are left by a window that is halved where the
  // round trip is 40 ms otherwise.
  static constexpr Duration kEmpty = 15ms;
  static constexpr Duration kTruce = 10s;
  // So soon in a truce a queue grows by so much before a link that fades by a tenth a second or more; a window that is
  // opened packet by packet takes several seconds.
  static constexpr Duration kTrial = 1500ms;
  static constexpr Duration kRunsAway = 80ms;

  // Once for each feedback. True: it stands. `less_is_sent`: than before we gave way; false where that is not known.
  bool update(Instant now, Duration queue, Duration rtt, bool less_is_sent);
  // It stands whatever we send.
  bool is_anothers(Instant now) const { return now < truce_until_; }
  // It has been, or is about to be found so, and has not been empty since.
  bool may_be_anothers() const { return in_vain_ >= kMaxInVain - 1; }

 private:
  bool runs_away(Instant now, Duration queue) const;
  void is_ours(Instant now);
  void begin_truce(Instant now);

  std::optional<Instant> above_since_;
  Instant quiet_until_{};
  Instant truce_until_{};
  Duration at_verdict_{};
  int in_a_row_ = 0;
  int in_vain_ = 0;  // since it was empty
};

}  // namespace consomme::bwe
