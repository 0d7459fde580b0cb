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
  explicit ReceiverEstimate(Bitrate start) : by_loss_(start) {}

  void receive_remb(Instant now, Bitrate rate);
  // Of the last interval of a receiver report, 0 to 1.
  void receive_loss(Instant now, double fraction);

  bool heard() const { return heard_; }
  // True: a REMB or loss has set a limit.
  bool limited() const { return remb_ || decreased_; }
  Bitrate rate() const;

 private:
  static constexpr double kMuch = 0.1;     // loss above it: less
  static constexpr double kLittle = 0.02;  // below it: more
  static constexpr double kGrowthPerSecond = 1.08;
  static constexpr Duration kBetweenDecreases = 500ms;
  // Silence after which an old REMB binds nobody any more.
  static constexpr Duration kValid = 10s;

  bool heard_ = false;
  Bitrate by_loss_;
  std::optional<Bitrate> remb_;
  Instant remb_at_{};
  std::optional<Instant> reported_;
  std::optional<Instant> decreased_;
};

}  // namespace consomme::bwe
