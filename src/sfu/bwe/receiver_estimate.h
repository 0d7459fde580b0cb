// The bandwidth as its receiver tells it, for those with whom transport-wide feedback was not negotiated: REMB
// (draft-alvestrand-rmcat-remb-03), bounded by the loss of receiver reports (draft-ietf-rmcat-gcc-02 §6). Owned by the
// bandwidth estimator.
#pragma once

#include <cstddef>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/reported_loss.h"

namespace consomme::bwe {

class ReceiverEstimate {
 public:
  ReceiverEstimate(Bitrate start, Bitrate min, Bitrate max) : by_loss_(start), min_(min), max_(max) {}

  void receive_remb(Instant now, Bitrate rate);
  void sent(std::size_t bytes) { loss_.sent(bytes); }
  // Of one receiver report: packets of all streams since the one before, and how many of them were lost.
  void receive_loss(Instant now, double lost, double expected);

  // What was lost on the way so far, and told of it, says nothing of another.
  void change_path(Bitrate start);

  bool heard() const { return heard_; }  // a REMB
  // True: a REMB or loss has set a limit.
  bool limited() const { return remb_ || decreased_; }
  Bitrate rate() const;
  // What the reports tell of loss, with padding of its own to be sent now and then.
  const ReportedLoss& loss() const { return loss_; }
  void padded(Instant now) { loss_.padded(now); }

 private:
  static constexpr double kGrowthPerSecond = 1.08;
  static constexpr double kGrowthUntold = 1.5;  // with each REMB
  static constexpr Duration kBetweenDecreases = 500ms;
  // Between those of a receiver of sound alone, at most (RFC 3550 §6.3.1): no report says more.
  static constexpr Duration kRareReports = 7500ms;
  // Silence after which an old REMB binds nobody any more.
  static constexpr Duration kValid = 10s;

  void judge(Instant now, double share);

  bool heard_ = false;
  Bitrate by_loss_;
  Bitrate min_;
  Bitrate max_;
  ReportedLoss loss_;
  std::optional<Bitrate> remb_;
  Instant remb_at_{};
  std::optional<Instant> reported_;
  std::optional<Instant> decreased_;
};

}  // namespace consomme::bwe
