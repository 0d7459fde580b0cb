// The bandwidth towards one receiver, estimated by its sender: from transport-wide feedback (delay and loss, with
// probing), or where that is not negotiated from what the receiver estimates itself (receiver_estimate.h), or from
// receiver reports alone (report_estimate.h).
// Driven by the transport: sent() for every packet that carries a transport-wide sequence number, sent_unnumbered() for
// others, sent_report() for sender reports, receive() for every feedback, expire() at deadline(), when padding() says
// what to send besides media.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/acknowledged_rate.h"
#include "sfu/bwe/allocation.h"
#include "sfu/bwe/arrival_groups.h"
#include "sfu/bwe/bitrate.h"
#include "sfu/bwe/loss_control.h"
#include "sfu/bwe/prober.h"
#include "sfu/bwe/rate_control.h"
#include "sfu/bwe/receiver_estimate.h"
#include "sfu/bwe/repair_budget.h"
#include "sfu/bwe/report_estimate.h"
#include "sfu/bwe/round_trip.h"
#include "sfu/bwe/sent_packets.h"
#include "sfu/bwe/standing_queue.h"
#include "sfu/bwe/top_up.h"
#include "sfu/bwe/trendline.h"
#include "sfu/wire/twcc.h"

namespace consomme::bwe {

class alignas(64) Estimator {
 public:
  static constexpr RateControl::Limits kLimits{.start = kbps(600), .min = kbps(30), .max = kbps(200'000)};

  explicit Estimator(const RateControl::Limits& limits = kLimits)
      : rate_control_(limits),
        told_(limits.start, limits.min, limits.max),
        reported_(limits.start, limits.start),
        limits_(limits) {}

  // What more than the estimate would be of use.
  void set_wanted(const Wanted& wanted) { wanted_ = wanted; }
  const Wanted& wanted() const { return wanted_; }

  SeqNo next_seq() const { return sent_.next(); }
  void sent(Instant now, std::size_t bytes);
  // Videos will carry no transport-wide sequence numbers.
  void expect_no_numbers() {
    if (std::exchange(numbered_, false)) reported_.doubt();
  }
  void sent_unnumbered(std::size_t bytes) {
    top_up_.sent(bytes);
    told_.sent(bytes);
    reported_.sent(bytes);
  }
  void sent_report(Instant now) { reported_.sent_report(now); }
  void receive(Instant now, const wire::TwccFeedback& feedback);
  // What the receiver says by itself; of no account once transport-wide feedback has come.
  void receive_remb(Instant now, Bitrate rate) { told_.receive_remb(now, rate); }
  // Of one receiver report: what it has seen of our last sender report, packets of all streams since the one before,
  // and how many of them were lost.
  void receive_report(Instant now, const SeenReport& seen, double lost, double expected) {
    told_.receive_loss(now, lost, expected);
    reported_.receive(now, seen, lost, expected);
  }
  // The round trip of a path on which nothing was sent yet.
  void measured(Instant now, Duration round_trip) { reported_.measured(now, round_trip); }

  // What is sent takes another path from now on, of which nothing is known yet: its length, its queues, what it
  // carries.
  void change_path(Instant now);

  void expire(Instant now);
  Instant deadline() const;
  // Bytes of padding to be sent now, to be followed by padded(). They are sent like media, by sent().
  std::size_t padding(Instant now) const;
  // What a packet of it is to measure.
  std::size_t padding_packet() const { return by() == By::kFeedback ? prober_.packet() : ProbeCluster::kFullPacket; }
  void padded(Instant now);
  // A sender report is due, whenever the next would be.
  bool wants_report(Instant now) const { return by() == By::kReports && reported_.wants_report(now); }

  Bitrate estimate() const;
  // What the link carries at present, whatever the estimate: where a queue stands that is deeper for a while than the
  // link is slow. Zero where nothing is known.
  Bitrate carried(Instant now) const;
  // What of all that is sent arrives at present; zero where nothing is known.
  Bitrate arriving(Instant now) const;
  // Of what was sent of late, as far as feedback tells.
  bool loses_nothing() const { return acknowledged_.lost() == 0; }
  double own_loss() const { return loss_.own_loss(); }  // of the link, whatever is sent; 0 to 1
  // The round trip as the last feedback shows it, with the queues on the way and the time the receiver collects for it;
  // nullopt: none came of late.
  std::optional<Duration> present_rtt(Instant now) const {
    return stale(now) ? std::nullopt : std::optional(round_trip_.last());
  }
  // Bytes that may be sent again now, to be followed by repaired().
  std::int64_t repairs_allowed(Instant now);
  void repaired(std::size_t bytes) { repairs_.spend(bytes); }
  // What speaks for an estimate that is below what is sent.
  Patience::Evidence evidence(Instant now) const;
  // True: the link has shown a limit. False: estimate() is only what was dared so far.
  bool limited() const;
  // False: it is still what everybody begins with.
  bool informed() const { return limited() || (by() == By::kReports ? reported_.informed() : probed_); }

 private:
  // A receiver that says nothing any more while we send, from the first packet behind its last word: half a second more
  // than a round trip to the moon's worth of queue; then a step down every second.
  static constexpr Duration kSilence = 3s;
  static constexpr Duration kSilenceStep = 1s;
  static constexpr Duration kFresh = 1s;
  static constexpr Duration kMaxQueueToProbe = 25ms;  // a probe makes up to 50 ms more
  static constexpr Duration kQueueThatTells = 50ms;   // that more is sent than the link carries
  static constexpr Duration kAfterDecrease = 1500ms;  // before a probe: the queue has to drain first
  static constexpr Duration kAfterFull = 2500ms;      // before a probe: an experiment has just shown what it would

  // Times the rate: what gets through lags behind it by as much; where it is more, the sources have yet to obey.
  static constexpr double kObeyed = 1.25;
  static constexpr double kFull = 0.9;         // of what gets through: so much does so without a queue
  static constexpr double kFirstFull = 0.8;    // of what gets through when a probe fills the link
  static constexpr double kFullPacket = 1200;  // bytes

  // What was last heard of the queue is too old to go by: nothing was sent of which the receiver could tell.
  bool stale(Instant now) const { return !last_feedback_ || now - *last_feedback_ > kFresh; }
  // What there is to estimate by.
  enum class By : std::uint8_t { kFeedback, kRemb, kReports };
  By by() const {
    if (last_feedback_) return By::kFeedback;
    if (told_.heard()) return By::kRemb;
    return !numbered_ || reported_.heard() ? By::kReports : By::kFeedback;
  }
  std::optional<Bitrate> through() const;
  Duration packet_time() const;
  void take(const PacketResult& result);
  void follow(Instant now, Duration packet);
  Usage give_up_probe(Instant now, std::optional<Bitrate>& carried);

  // What sent() touches fits one cache line: the next packets to this receiver come when it has left the cache.
  SentPackets sent_;
  Instant last_sent_;
  Instant silence_ = kNever;
  Prober prober_;

  std::optional<Instant> last_feedback_;
  Instant path_since_ = Instant::min();  // what was sent before tells nothing of the present path
  ArrivalGroups groups_;
  AcknowledgedRate acknowledged_;
  LossControl loss_;
  RoundTrip round_trip_;
  StandingQueue standing_queue_;
  Trendline trendline_;
  RateControl rate_control_;
  ReceiverEstimate told_;
  TopUp top_up_;
  ReportEstimate reported_;
  RateControl::Limits limits_;
  Wanted wanted_;
  RepairBudget repairs_;
  bool probed_ = false;  // and has told something
  bool numbered_ = true;
};

}  // namespace consomme::bwe
