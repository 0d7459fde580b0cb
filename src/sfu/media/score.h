// How well a stream arrives, as one number: 10 is perfect, 0 is nothing at all. What was lost for good weighs most,
// what a retransmission repaired a quarter of that, since it came late; a long round trip makes a conversation worse
// and repairs later still. Driven by the streams, once a second or so.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace consomme::media {

using Score = std::uint8_t;
inline constexpr Score kMaxScore = 10;

class ScoreMeter {
 public:
  // A stream of which nothing came for this long has no quality. A DTX pause or a still screen is shorter.
  static constexpr Duration kSilence = 2s;
  // One point less each: above the first a conversation suffers (ITU-T G.114 §4 has 400 ms one way as the limit).
  static constexpr Duration kLongRoundTrip = 400ms;
  static constexpr Duration kVeryLongRoundTrip = 800ms;

  // Fewer packets say little: one in three of a sound that pauses is no third of anything that was said. They are
  // judged together with those that come next.
  static constexpr std::int64_t kTelling = 20;

  // What happened since the last call. Nothing expected says nothing: the score stays.
  struct Interval {
    std::int64_t expected = 0;
    double lost = 0;            // of those, of the stream itself
    std::int64_t repaired = 0;  // of those
  };
  Score update(const Interval& interval, std::optional<Duration> rtt);
  // Nothing arrives.
  Score silence() {
    forget();
    return score_ = 0;
  }
  // What comes has nothing to do with what was.
  void forget() {
    loss_.reset();
    sum_ = {};
  }
  // Somebody else measures.
  void adopt(Score score) { score_ = score; }
  Score score() const { return score_; }

 private:
  std::optional<double> loss_;  // weighed and smoothed, 0 to 1
  Interval sum_;                // not yet judged
  Score score_ = 0;
};

}  // namespace consomme::media
