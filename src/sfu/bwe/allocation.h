// How an estimated bandwidth is shared out among the videos of one transport: first everybody's base, then upwards: the
// most important as far as they go, step by step in turn among equals, then the next. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/prober.h"

namespace consomme::bwe {

// A quality in which a video can be had.
struct Rung {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  Bitrate rate{};
  Bitrate peak{};  // the highest of late, by which a rise is measured; zero: not known
};

// One video that wants its share.
struct Demand {
  std::span<const Rung> ladder;        // worst first; empty: nothing is sent at present
  std::uint8_t priority = 1;           // higher is served first
  std::optional<std::size_t> current;  // the rung it has now; nullopt: none
  bool may_rise = true;                // to a better spatial layer (media/climb.h)
};

struct Share {
  std::vector<std::optional<std::size_t>> rungs;  // for each demand
  Wanted wanted;
  std::vector<std::size_t> order;  // of the demands, the most important first
};

struct Budget {
  Bitrate estimate{};
  Bitrate carried{};       // what the link goes on to carry while a queue is drained by less; keeps sizes, raises none
  Bitrate arriving{};      // of what is sent now: nobody loses a base that is among it
  Bitrate reserved{};      // for what is not shared out: audio
  bool is_known = false;   // false: nothing contradicts a higher one yet, and nobody's base is refused on a guess
  bool is_lasting = true;  // false: the estimate has only just fallen, and nobody loses his base for it
  bool is_whole = false;   // nothing is lost of what is sent now
  bool is_full = false;    // what arrives is all that the link carries: but for the first base it is asked to bear less
};

// What is asked for on top of a rung's rate before it is taken; a rung that is had already is kept without.
inline constexpr double kUpgradeMargin = 1.08;
// The same where it is of a better spatial layer: it begins with a key frame, and is not given up again at once.
inline constexpr double kSizeMargin = 1.12;
// And of the rates of all others: an estimate errs by a part of the whole, of which the margin of one among many videos
// is next to nothing.
inline constexpr double kBeside = 0.12;

// Overwrites `share`, whose storage is used again.
void allocate(const Budget& budget, std::span<const Demand> demands, Share& share);

// Whether to believe an estimate that has dipped below what is in use: an estimate touches the link's limit from time
// to time, and each touch takes it down by a seventh for a moment, although what is in use gets through. Owned with the
// estimator.
class Patience {
 public:
  static constexpr Duration kSpan = 1s;
  // In which a link that has just the margin of a better size to spare is done with a key picture that takes it 320 ms.
  static constexpr Duration kBurst = 3s;
  static constexpr Duration kDrain = 2s;
  static constexpr double kDip = 0.8;  // times what is in use; below that the link has really changed

  // What speaks for the estimate.
  enum class Evidence : std::uint8_t { kNone, kLoss, kQueue };

  // The estimate to allocate by.
  Bitrate apply(Instant now, Bitrate estimate, Bitrate used, Evidence evidence);
  // A layer has just been raised, by this estimate: the key frame that begins it makes a queue of its own.
  void bear_burst(Instant now, Bitrate estimate) {
    burst_until_ = now + kBurst;
    held_ = estimate;
  }
  // It has been below what is in use for a while, and something speaks for that. Else what is in use gets through, and
  // a moment's queue later on is no more than a moment's: somebody's search makes one.
  bool is_over(Instant now) const { return below_for(now, kSpan); }
  // For so long that a queue would be gone by now, had sending fewer pictures been enough.
  bool should_have_drained(Instant now) const { return below_for(now, kDrain); }

 private:
  bool below_for(Instant now, Duration span) const { return below_since_ && now - *below_since_ >= span; }

  std::optional<Instant> below_since_;
  Instant burst_until_{};
  Bitrate held_{};
};

}  // namespace consomme::bwe
