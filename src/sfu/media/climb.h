// When a video may go up in space again. What follows a rise is remembered: an estimate touches the link's limit from
// time to time, and each rise sends a key frame, so one that the link did not bear would be tried again and again.
// Owned with the video's share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::media {

class Climb {
 public:
  // A better spatial layer is not taken so soon after a worse one.
  static constexpr Duration kRestAfterLowering = 5s;
  // The way up in two spatial steps shows the first one for at least so long.
  static constexpr Duration kRestAfterRaising = 1s;
  // A layer lost this soon was not borne, and is not tried again for a while, unless the estimate is clearly above the
  // one that misled. Of a video that nothing is left of, the base is tried sooner.
  static constexpr Duration kTrial = 8s;
  // A trial costs everybody on the link a queue and, where it is shared, another his layer. Searches err: one in a few
  // finds enough where there is not, so that a short rest would only lead to the next.
  static constexpr Duration kRestAfterFailure = 60s;
  static constexpr Duration kBaseRest = 10s;
  static constexpr double kClearly = 1.15;  // by more than a search errs
  // Of what was believed when it was raised. Where less is left the link has become another one since: once that is no
  // failure, but a link that falls again and again is one of which too much is believed.
  static constexpr double kAnotherLink = 0.4;

  // nullopt: nothing was known of the link, and a guess misleads nobody.
  void raised(Instant now, std::optional<Bitrate> estimate) {
    earliest_ = rests_until_ = now + kRestAfterRaising;
    raised_.reset();
    if (!estimate) return;
    raised_ = now;
    misled_ = *estimate;
  }
  // `estimate`: what is left of it.
  void lowered(Instant now, bool to_nothing, Bitrate estimate) {
    earliest_ = now + kRestAfterLowering;
    rests_until_ = std::max(rests_until_, earliest_);
    if (const auto raised = std::exchange(raised_, std::nullopt)) judge(now, now - *raised <= kTrial, estimate);
    if (to_nothing) rests_until_ = std::min(rests_until_, now + kBaseRest);
  }
  bool may_rise(Instant now, Bitrate estimate) const {
    return now >= rests_until_ || (now >= earliest_ && estimate >= sooner_at_);
  }

 private:
  // Of a rise; what is lowered further by the same fall has been judged with the first step.
  void judge(Instant now, bool failed, Bitrate estimate) {
    const bool failed_before = std::exchange(failed_, failed);
    if (!failed || (!failed_before && estimate < times(kAnotherLink, misled_))) return;
    rests_until_ = now + kRestAfterFailure;
    sooner_at_ = times(kClearly, misled_);
  }
  static Bitrate times(double factor, Bitrate rate) {
    return Bitrate(static_cast<std::int64_t>(factor * static_cast<double>(rate.value())));
  }

  Instant earliest_{};
  Instant rests_until_{};
  std::optional<Instant> raised_;
  bool failed_ = false;  // the last rise
  Bitrate misled_{};     // what was believed when it was raised
  Bitrate sooner_at_{};
};

}  // namespace consomme::media
