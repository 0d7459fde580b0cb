// A bound on the rate from what is lost, for links whose queues are too short to show a delay. Loss that depends on the
// rate is congestion; loss that does not (radio, random) is the link's own and no reason to send less. Which it is, is
// found by experiment: on unexplained loss the rate is bounded by what got through; when that makes the loss go away,
// the bound stands and grows again, else the loss is the link's own and the bound is lifted. Owned by the bandwidth
// estimator.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/sent_packets.h"

namespace consomme::bwe {

class LossControl {
 public:
  // Results of one feedback, in the order of sending. `rtt` spaces out cause and effect.
  void update(Instant now, std::span<const PacketResult> results, Duration rtt);

  // nullopt: loss gives no reason to send less.
  std::optional<Bitrate> bound() const { return bound_; }
  // The bound has been tried, and it helped.
  bool proven() const { return bound_ && !trial_; }
  // A probe has come through at a higher rate.
  void lift() { bound_.reset(); }
  double own_loss() const { return own_; }  // of the link, 0 to 1
  double recent_loss() const { return recent_; }

 private:
  // One verdict needs this many packets and this long: fewer tell nothing of a loss of 3 %.
  static constexpr int kMinPackets = 50;
  static constexpr Duration kMinPeriod = 400ms;
  static constexpr double kTolerated = 0.03;  // above the link's own: below it repair costs less than a lower rate
  static constexpr double kDeviations = 2;    // of chance, that a verdict must exceed besides
  static constexpr double kMaxOwn = 0.3;      // a link that loses more is bounded whatever the reason
  static constexpr double kOwnFalls = 0.2;    // weight of a period that lost less
  static constexpr double kGrowthPerSecond = 1.05;
  static constexpr Duration kRest = 2s;      // a bound that proved right stays that long before it grows
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
  // A bound is being tried.
  struct Trial {
    double loss_before = 0;
    Instant from;  // packets sent from here on were sent under the bound
  };

  void judge(Instant now, Duration rtt);
  double by_chance() const;
  void conclude(double loss);
  void begin_trial(Instant now, double loss, double excess, Bitrate sent, Duration rtt);
  void grow(Instant now, Bitrate sent);

  Period period_;
  double own_ = 0;
  double recent_ = 0;
  std::optional<Bitrate> bound_;
  std::optional<Trial> trial_;
  Instant resting_until_;
  std::optional<Instant> grown_;
};

}  // namespace consomme::bwe
