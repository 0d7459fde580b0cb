// Sends padding besides the media until all of it is what a receiver believes that its link carries, and more as long
// as it has found no limit: one that estimates by itself (receiver_estimate.h) believes no more than half above what
// arrives, so that without it no better layer would ever come into reach. Driven by the bandwidth estimator.
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.h"
#include "sfu/bwe/bitrate.h"
#include "sfu/bwe/prober.h"

namespace consomme::bwe {

class TopUp {
 public:
  // Begins and ends. `estimate`: what is believed, by now. `own_loss`: what the link loses whatever is sent, 0 to 1: it
  // never arrives, so as much more is sent.
  void expire(Instant now, const Wanted& wanted, Bitrate estimate, double own_loss);
  // Bytes of padding to be sent now, to be followed by padded().
  std::size_t due() const { return filled_ && balance_ > 0 ? static_cast<std::size_t>(balance_) : 0; }
  void padded(Instant now) { next_padding_ = now + kTick; }
  void sent(std::size_t bytes) { balance_ -= static_cast<double>(bytes); }

  // `wanted` and `estimate` as for expire().
  Instant deadline(const Wanted& wanted, Bitrate estimate) const;

 private:
  static constexpr Duration kTick = 20ms;
  static constexpr Duration kDepth = 100ms;  // of media that came in a burst, or of ticks that came late
  static constexpr Duration kFlat = 3s;      // without a rise: a receiver tells once a second
  static constexpr double kFallen = 0.95;    // of the highest: the receiver has found its link full
  static constexpr double kBold = 1.4;       // as long as no limit was found
  static constexpr Duration kPause = 5s;     // before another try, at first; twice as long after each
  static constexpr Duration kMaxPause = 40s;

  void begin(Instant now, Bitrate estimate);
  void give_up(Instant now);

  std::optional<Instant> filled_;  // under way
  Instant next_padding_;
  double ahead_ = kBold;  // times what is believed
  double balance_ = 0;    // bytes that may be sent
  Bitrate highest_;       // estimate since it began
  Instant risen_;
  Instant next_;  // the earliest begin of another
  Duration pause_ = kPause;
};

}  // namespace consomme::bwe
