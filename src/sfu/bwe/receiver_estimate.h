// The bandwidth as its receiver tells it, for those with whom transport-wide feedback was not negotiated: REMB
// (draft-alvestrand-rmcat-remb-03), bounded by the loss of receiver reports (draft-ietf-rmcat-gcc-02 §6). Owned by the
// bandwidth estimator.
#pragma once

#include <optional>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::bwe {

class ReceiverEstimate {
 public:
  ReceiverEstimate(Bitrate start, Bitrate min, Bitrate max) : by_loss_(start), min_(min), max_(max) {}

  void receive_remb(Instant now, Bitrate rate);
  // Of one receiver report: packets of all streams since the one before, and how many of them were lost.
  void receive_loss(Instant now, double lost, double expected);

  // What was lost on the way so far, and told of it, says nothing of another.
  void change_path(Bitrate start);

  bool heard() const { return heard_; }  // a REMB
  // True: a REMB or loss has set a limit.
  bool limited() const { return remb_ || decreased_; }
  Bitrate rate() const;

 private:
  static constexpr double kMinExpected = 20;  // packets: of fewer, one lost is no share
  // Of 20 packets three are lost by chance in one report of thirteen, where five of a hundred are; and behind such a
  // link nothing is taken back (draft-ietf-rmcat-gcc-02 §6: between kLittle and kMuch the estimate stays). So what may
  // be chance waits for more packets, up to these.
  static constexpr double kEnough = 200;
  static constexpr double kDeviations = 2;  // of a number of losses, which is the root of it
  static constexpr double kMuch = 0.1;      // loss above it: less
  static constexpr double kLittle = 0.02;   // below it: more
  static constexpr double kGrowthPerSecond = 1.08;
  static constexpr Duration kBetweenDecreases = 500ms;
  // Between those of a receiver of sound alone, at most (RFC 3550 §6.3.1): no report says more.
  static constexpr Duration kRareReports = 7500ms;
  // Silence after which an old REMB binds nobody any more.
  static constexpr Duration kValid = 10s;

  bool may_be_chance() const;
  void judge(Instant now, double fraction);

  bool heard_ = false;
  Bitrate by_loss_;
  Bitrate min_;
  Bitrate max_;
  double lost_ = 0;  // of those expected, not judged yet
  double expected_ = 0;
  std::optional<Bitrate> remb_;
  Instant remb_at_{};
  std::optional<Instant> reported_;
  std::optional<Instant> decreased_;
};

}  // namespace consomme::bwe
