// What receiver reports tell of loss (draft-ietf-rmcat-gcc-02 §6), beyond what the link loses by itself, whatever is
// sent (radio). Which it is, is found by experiment, as in loss_control.h: for a few reports more is sent, by padding.
// A link that is full loses all of what was added; one that loses by itself, the same share as before. Owned by the
// estimates by REMB and by receiver reports.
#pragma once

#include <cstddef>
#include <optional>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::bwe {

class ReportedLoss {
 public:
  static constexpr double kMuch = 0.1;     // a share above it: send less
  static constexpr double kLittle = 0.02;  // below it: more may be sent

  void sent(std::size_t bytes) { bytes_ += static_cast<double>(bytes); }
  // Of one report: packets of all streams since the one before, and how many of them were lost. `full`: a queue stands,
  // so that there is nothing to find out. The share that was lost besides own(); nullopt: there is too little to judge
  // by yet, or it is being found out.
  std::optional<double> add(Instant now, double lost, double expected, bool full = false);
  double own() const { return own_; }  // share that the link loses by itself

  // Bytes of padding to be sent now, to be followed by padded().
  std::size_t due(Instant now) const;
  void padded(Instant now) { next_padding_ = now + kTick; }
  Instant deadline() const { return experiment_ && next_padding_ < experiment_->until ? next_padding_ : kNever; }

 private:
  static constexpr double kMinExpected = 20;  // packets: of fewer, one lost is no share
  // Of 20 packets three are lost by chance in one report of thirteen, where five of a hundred are; and behind such a
  // link nothing is taken back (draft-ietf-rmcat-gcc-02 §6: between kLittle and kMuch the estimate stays). So what may
  // be chance waits for more packets, up to these.
  static constexpr double kEnough = 200;
  static constexpr double kDeviations = 2;  // of a number of losses, which is the root of it
  static constexpr double kDrastic = 0.2;   // who loses so much sends less, whatever the reason
  static constexpr double kTried = 1.3;     // times what is sent, in an experiment
  static constexpr double kToTell = 50;     // packets of an experiment
  static constexpr Duration kTick = 20ms;
  static constexpr Duration kSettling = 500ms;  // for the receiver to lose what an experiment sends
  static constexpr Duration kPatience = 5s;     // with receivers that stop reporting

  struct Experiment {
    double loss = 0;  // share before it
    Bitrate rate;
    Instant tells_from;  // what is reported from here on
    Instant until;
  };

  std::optional<double> judge(Instant now, bool full);
  double conclude(double after);
  double share() const { return lost_ / expected_; }
  double at_most() const;
  bool may_be_chance() const;
  void begin(Instant now);

  std::optional<Instant> begun_;  // what is not judged yet
  double bytes_ = 0;              // sent since
  double lost_ = 0;               // of those expected
  double expected_ = 0;
  double own_ = 0;
  std::optional<Experiment> experiment_;
  Instant next_padding_;
};

}  // namespace consomme::bwe
