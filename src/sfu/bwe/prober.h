// Finds out whether the link carries more than is sent: an estimate cannot outgrow what was tried. When more would be
// of use, a short burst is sent at a higher rate; if it comes through faster than the estimate, a longer one confirms
// it, since a short one may pass on the credit of a token bucket. Also sends the experiments of loss_control.h. Driven
// by the bandwidth estimator, which tells it what is wanted; the transport sends the padding.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/probe_cluster.h"

namespace consomme::bwe {

// What could be made of a higher rate.
struct Wanted {
  Bitrate next{};  // the least that would change anything
  Bitrate all{};   // nothing beyond is of use
};

class Prober {
 public:
  // Starts what is due. `estimate`: what is believed. `steady`: the link shows no congestion; else nothing is begun.
  void expire(Instant now, const Wanted& wanted, Bitrate estimate, bool steady);
  // Sends at this rate as soon as nothing else is under way.
  void experiment(Instant now, Bitrate rate);
  // Congestion: what is under way is given up. Of an experiment, what was sent is still waited for.
  void cancel(Instant now);
  // The path is another one: nothing that was found of the old one holds.
  void restart(Instant now) {
    const ClusterId last_id = last_id_;
    *this = {};
    last_id_ = last_id;
    next_ = now;
  }
  bool in_flight() const { return cluster_.has_value(); }
  bool confirming() const { return cluster_ && kind_ == Kind::kConfirming; }
  // The link has been found full: the way up again is tried after a while, and with care.
  void retry_after(Instant at) {
    next_ = std::max(next_, at);
    search_ = Kind::kCareful;
  }

  // What the link loses by itself has become known: searches that failed, and were put off for that, may succeed.
  void search_again(Instant now) {
    if (std::exchange(interval_, kInterval) > kInterval) next_ = now;
  }

  // --- sending
  std::size_t due(Instant now) const { return sending_ ? cluster_->due(now) : 0; }
  std::size_t packet() const { return cluster_ ? cluster_->packet() : ProbeCluster::kFullPacket; }
  // The cluster of a packet sent now; 0: none.
  ClusterId cluster() const { return sending_ ? cluster_->plan().id : ClusterId{0}; }
  void sent(Instant now, std::size_t bytes) {
    if (sending_) cluster_->sent(now, bytes);
  }
  void tick(Instant now);

  // --- judging
  void receive(const PacketResult& result) {
    if (!cluster_) return;
    if (result.cluster == cluster_->plan().id)
      cluster_->receive(result);
    else
      cluster_->receive_other(result);
  }
  struct Finding {
    std::optional<Bitrate> proven;  // the link carries this
    std::optional<double> lost;     // of an experiment
  };
  // What is known of the link otherwise.
  struct Link {
    double own_loss = 0;               // what it loses by itself, 0 to 1
    bool is_filled_by_others = false;  // who heed no delay, and to whom nobody needs to give way
  };
  // After the results of one feedback.
  Finding conclude(Instant now, const Wanted& wanted, Bitrate estimate, const Link& link);

  // `wanted` and `estimate` as for expire().
  Instant deadline(const Wanted& wanted, Bitrate estimate) const;

 private:
  // Searching boldly finds out quickly what a link carries of which nothing is known. Once it has been full it is
  // searched with care: a queue of our making delays everybody, and a span below that between two frames measures the
  // pause of another who shares the link.
  static constexpr double kBoldStep = 3;  // times the estimate
  static constexpr Duration kBoldSpan = 20ms;
  static constexpr double kCarefulStep = 1.5;
  static constexpr Duration kCarefulSpan = 70ms;
  static constexpr Duration kLongSpan = 300ms;
  static constexpr Duration kLongSkip = 100ms;  // what a bucket of 15 KB lets through above 1 Mbit/s
  static constexpr int kMinPackets = 5;
  static constexpr int kMinToCount = 30;  // by which a loss of 5 % and one of 27 % are told apart
  static constexpr Duration kInterval = 2500ms;
  static constexpr Duration kMaxSearchInterval = 4s;       // where searches fail
  static constexpr Duration kMaxConfirmingInterval = 20s;  // where only their confirmations do: a token bucket
  static constexpr Duration kAfterBoldness = 1500ms;       // that filled the link: its queue has to drain
  static constexpr Duration kSoon = 300ms;                 // after one that told nothing
  static constexpr Duration kCareInterval = 500ms;         // after one that failed, but delayed nobody; then doubled
  static constexpr Duration kHarmlessBoldly = 25ms;        // of queue
  static constexpr Duration kHarmless = 15ms;
  static constexpr Duration kPatience = 2s;   // for the feedback on a cluster
  static constexpr double kHeadroom = 1.1;    // above what is wanted, so that the measurement's error does not matter
  static constexpr double kKeptUp = 0.9;      // of its target; then it was not the link that limited it
  static constexpr double kWorthwhile = 1.1;  // times the estimate; less comes by itself
  static constexpr double kOfASmallShare = 1.3;  // the same on a full link: less than a third of it

  enum class Kind : std::uint8_t { kBold, kCareful, kConfirming, kExperiment };

  static Duration careful_span(Bitrate target, Bitrate estimate);
  static Duration harmless(Kind kind);
  void begin(Instant now, Bitrate target, Bitrate estimate, Duration span, Kind kind);
  bool is_enough(Bitrate measured, bool kept_up, const Wanted& wanted, Bitrate estimate, const Link& link) const;
  void try_again(Instant now);
  void try_with_care(Instant now);
  void put_off(Instant now, Duration longest);
  void search_carefully();

  bool sending_ = false;
  Kind kind_ = Kind::kBold;
  Kind search_ = Kind::kBold;  // how to search
  bool aims_low_ = false;      // at the next step only
  ClusterId last_id_ = 0;
  Instant next_;  // the earliest begin of another
  Duration interval_ = kInterval;
  Duration care_interval_ = kCareInterval;
  bool tried_again_ = false;  // since the last one that told anything
  Instant give_up_ = kNever;
  std::optional<ProbeCluster> cluster_;
};

}  // namespace consomme::bwe
