// The gaps between the frames of one video that a viewer would see as a freeze, by the definition of freezeCount in
// WebRTC's statistics: longer than max(3 times the mean, 150 ms more than the mean) of the last 30 intervals. What
// takes 5 s is a pause of the source there, and is none of these. Driven by its inbound stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace consomme::media {

class FrameGaps {
 public:
  static constexpr std::size_t kIntervals = 30;
  static constexpr Duration kMargin = 150ms;
  static constexpr Duration kPause = 5s;

  // A frame begins.
  void frame(Instant now) {
    ++frames_;
    const Duration interval = last_ ? now - *last_ : Duration::zero();
    if (last_ && interval < kPause)
      take(interval);
    else
      forget();
    last_ = now;
  }
  // The source was paused, which is no freeze.
  void restart() {
    forget();
    last_.reset();
  }

  // When the last of all frames but `later` began; nullopt: there were not so many since a pause.
  std::optional<Instant> began(std::size_t later) const {
    if (!last_ || later > count_) return std::nullopt;
    Instant at = *last_;
    for (std::size_t i = 1; i <= later; ++i) at -= intervals_[(next_ + kIntervals - i) % kIntervals];
    return at;
  }
  // Of the last intervals; nullopt: there was none since a pause.
  std::optional<Duration> mean() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / static_cast<std::int64_t>(count_);
  }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t freezes() const { return freezes_; }
  Duration frozen() const { return frozen_; }  // their total

 private:
  void take(Duration interval) {
    if (const auto usual = mean(); usual && interval >= std::max(3 * *usual, *usual + kMargin)) {
      ++freezes_;
      frozen_ += interval;
    }
    Duration& place = intervals_[next_];
    next_ = (next_ + 1) % kIntervals;
    if (count_ == kIntervals)
      sum_ -= place;
    else
      ++count_;
    sum_ += place = interval;
  }
  void forget() {
    sum_ = Duration::zero();
    count_ = next_ = 0;
  }

  std::optional<Instant> last_;
  std::array<Duration, kIntervals> intervals_{};  // a ring
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  Duration sum_{};
  std::uint64_t frames_ = 0;
  std::uint64_t freezes_ = 0;
  Duration frozen_{};
};

}  // namespace consomme::media
