// From the detector's verdict to a rate: additive or multiplicative increase, multiplicative decrease
// (draft-ietf-rmcat-gcc-02 §5.5), with a memory of where the link was full last time. Owned by the bandwidth estimator.
#pragma once

#include <cstdint>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/trendline.h"

namespace consomme::bwe {

// What the link carried whenever it was found full: mean and spread, forgotten when what gets through leaves them.
class LinkCapacity {
 public:
  void add(Bitrate acknowledged);
  void reset() { mean_kbps_.reset(); }
  bool known() const { return mean_kbps_.has_value(); }
  // Within three standard deviations.
  bool above(Bitrate rate) const;
  bool below(Bitrate rate) const;

 private:
  double spread_kbps() const;

  std::optional<double> mean_kbps_;
  double variance_ = 0.4;  // relative to the mean, in kbps
};

class RateControl {
 public:
  struct Limits {
    Bitrate start;
    Bitrate min;
    Bitrate max;
  };
  explicit RateControl(const Limits& limits) : limits_(limits), rate_(limits.start) {}

  // Once for each feedback.
  struct Input {
    Usage usage = Usage::kNormal;
    std::optional<Bitrate> acknowledged;  // nullopt until it is known
    Duration rtt{};
    Duration queue{};        // how much of it is spent in queues
    bool contested = false;  // the queue may be another's, whom our giving way does not move
  };
  void update(Instant now, const Input& input);
  // A probe has shown that the link carries this much.
  void proven(Instant now, Bitrate rate);
  // Nothing is heard from the receiver any more.
  void back_off(Instant now);

  Bitrate rate() const { return rate_; }
  std::optional<Instant> last_decrease() const { return last_decrease_; }
  // What the rate was before the last decrease.
  Bitrate before_decrease() const { return before_decrease_; }

 private:
  enum class State : std::uint8_t { kHold, kIncrease, kDecrease };

  static constexpr double kBackOff = 0.85;
  // The longer the queue already is, the deeper the step: at 0.85 a queue of 300 ms would take two seconds to drain.
  static constexpr double kBackOffPerSecondOfQueue = 1.0;
  static constexpr Duration kShortQueue = 60ms;
  static constexpr Duration kQueueToFill = 40ms;  // a longer one drains first
  static constexpr double kMinBackOff = 0.5;
  static constexpr double kGrowthPerSecond = 1.08;
  // No more, whatever the rate: of two who share a link and grow by the same, the smaller catches up.
  static constexpr Bitrate kMaxGrowthPerSecond{240'000};
  static constexpr double kProven = 0.9;  // of what gets through without congestion, without asking further
  // The estimate runs ahead of what is sent by no more than this: beyond it nothing is known of the link.
  static constexpr double kMaxAhead = 1.1;
  static constexpr Bitrate kAheadMargin{10'000};
  // Between a change of rate and the detector's verdict on it (gcc-02 §5.5).
  static constexpr Duration kResponse = 100ms;
  static constexpr Bitrate kMinAdditivePerSecond{4000};
  // Packets per response. With a whole one (gcc-02 §5.5) shares of less than a megabit grow by a factor all the same,
  // and two of them that share a link never become equal.
  static constexpr double kAdditive = 0.5;

  void increase(Instant now, std::optional<Bitrate> acknowledged, Duration rtt);
  void decrease(Instant now, const Input& input);
  void set(Bitrate rate);

  Limits limits_;
  State state_ = State::kHold;
  Bitrate rate_;
  LinkCapacity capacity_;
  std::optional<Instant> changed_;
  std::optional<Instant> last_decrease_;
  Bitrate before_decrease_;
};

}  // namespace consomme::bwe
