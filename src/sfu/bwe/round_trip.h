// The round trip as feedback shows it, and how much of the way is queueing: what is above the least of the last half
// minute, but for what jitter may have made of it: a queue grows and drains, jitter comes and goes from one feedback to
// the next. Owned by the bandwidth estimator.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "base/time.h"

namespace consomme::bwe {

class RoundTrip {
 public:
  // `one_way`: between two clocks, so that only its changes mean something. A receiver that collects for its feedback
  // makes the round trip longer, one whose clock jumps only the way there: a queue is seen in both. `packet`: the time
  // of a full one on the link, by which two measures differ anyhow. `filled`: another fills the queue, so that the
  // least of late is his doing; what was before is not forgotten meanwhile.
  void add(Instant now, Duration round_trip, Duration one_way, Duration packet, bool filled = false) {
    round_trip_.add(now, round_trip, filled);
    one_way_.add(now, one_way, filled);
    const Duration before = std::exchange(above_, std::min(round_trip_.excess(), one_way_.excess()));
    unrest_ += (std::min(kMaxChange, std::chrono::abs(above_ - before)) - unrest_) / 16;
    const Duration jitter = std::max(Duration::zero(), unrest_ - std::max(kUsualUnrest, packet));
    queue_ = std::max(Duration::zero(), above_ - 2 * jitter);
  }
  Duration last() const { return round_trip_.last(); }
  Duration queue() const { return queue_; }
  // Of a single packet, jitter and all.
  Duration above_least(Duration round_trip) const { return round_trip_.excess(round_trip); }

 private:
  class Delay {
   public:
    void add(Instant now, Duration measured, bool filled) {
      if (!filled && now - since_ >= kSpan) {
        least_ = {least_[1], measured};
        since_ = now;
      }
      least_[1] = std::min(least_[1], measured);
      last_ = measured;
    }
    Duration last() const { return last_; }
    Duration excess() const { return excess(last_); }
    Duration excess(Duration delay) const { return std::max(Duration::zero(), delay - std::min(least_[0], least_[1])); }

   private:
    Instant since_{};
    std::array<Duration, 2> least_{Duration::max(), Duration::max()};  // of the span before, and of this one
    Duration last_ = kUnmeasured;
  };
  static constexpr Duration kSpan = 15s;
  static constexpr Duration kUnmeasured = 200ms;

  static constexpr Duration kUsualUnrest = 10ms;  // where links have no jitter: pictures differ in size
  static constexpr Duration kMaxChange = 100ms;   // counted: after a stall of seconds queues are to be seen again

  Delay round_trip_;
  Delay one_way_;
  Duration above_{};   // the least
  Duration unrest_{};  // mean change of that between two feedbacks
  Duration queue_{};
};

}  // namespace consomme::bwe
