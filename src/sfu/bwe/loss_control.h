// A bound on the rate from what is lost, for links whose queues are too short to show a delay. Loss that depends on the
// rate is congestion; loss that does not (radio, random) is the link's own and no reason to send less. Which it is, is
// found by experiment: for a moment more is sent, by padding. A link that is full loses all of what was added; one that
// loses by itself, the same share as before. Nobody's picture suffers for it. Owned by the bandwidth estimator.
#pragma once

#include <cstdint>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/sent_packets.h"

namespace consomme::bwe {

class LossControl {
 public:
  // In the order of sending.
  void add(const PacketResult& result);
  // After the results of one feedback. `queue`: what is spent in queues of the round trip. `carried`: the rate that
  // arrives; nullopt: not known yet.
  void update(Instant now, Duration queue, std::optional<Bitrate> carried);

  // nullopt: loss gives no reason to send less.
  std::optional<Bitrate> bound() const;
  // The reason is known to be congestion.
  bool proven() const { return bound_.has_value(); }
  // A rate to send at, to find out the reason of the loss; nullopt: there is nothing to find out.
  std::optional<Bitrate> experiment() const;
  // It was sent at that rate, and this share of it was lost.
  void conclude(Instant now, double lost);
  // A probe has come through at a higher rate.
  void lift() { bound_.reset(); }
  double own_loss() const { return own_; }  // of the link, 0 to 1

 private:
  // One verdict needs this many packets and this long: fewer tell nothing of a loss of 3 %.
  static constexpr int kMinPackets = 50;
  static constexpr Duration kMinPeriod = 400ms;
  // But a bound need not wait to grow for the fifty packets of a narrow link, of which none was lost for so long.
  static constexpr Duration kClean = 1s;
  static constexpr Duration kPause = 1s;         // between two packets: they belong to no common period
  static constexpr Bitrate kLeastBound{30'000};  // so that it can grow
  static constexpr double kTolerated = 0.03;     // above the link's own: below it repair costs less than a lower rate
  static constexpr double kDeviations = 2;       // of chance, that a verdict must exceed besides
  static constexpr double kMaxOwn = 0.4;         // a link that loses more is bounded whatever the reason
  static constexpr double kDrastic = 0.2;        // more, and the rate is bounded while the reason is looked for
  static constexpr double kOwnFalls = 0.2;       // weight of a period that lost less
  static constexpr double kTried = 1.3;          // times what is sent, in an experiment
  static constexpr Duration kLongQueue = 50ms;   // with loss besides, the link is full: no experiment is needed
  static constexpr Duration kBelief = 30s;       // in the link's own loss, before that is looked into again
  static constexpr double kBackOff = 0.92;       // times what gets through: frames are bursts, which a full link drops
  static constexpr double kGrowthPerSecond = 1.05;
  static constexpr Duration kRest = 2s;      // a bound stays that long before it grows
  static constexpr double kFreeAbove = 1.5;  // times what is sent: a bound this far up binds nobody any more

  struct Period {
    std::optional<Instant> start;  // by the time of sending
    Instant end;
    int packets = 0;
    int lost = 0;
    int bursts = 0;  // runs of lost packets
    bool in_burst = false;
    double bytes = 0;
  };
  // More is lost than by the link itself, and the reason is not known.
  struct Suspicion {
    double loss = 0;
    double own = 0;  // what is not in question of it
    Bitrate sent;
    Bitrate through;  // of that, without what the link loses by itself
  };

  void judge(Instant now, Duration queue, std::optional<Bitrate> carried);
  double by_chance(double own) const;
  void bind(Instant now, Bitrate through);
  void grow(Instant now, Bitrate sent);

  Period period_;
  double own_ = 0;
  Instant doubt_from_{};
  std::optional<Bitrate> bound_;
  std::optional<Suspicion> suspicion_;
  Instant resting_until_;
  std::optional<Instant> grown_;
};

}  // namespace consomme::bwe
