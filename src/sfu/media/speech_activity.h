// How much one participant speaks, over three spans of time: the speech activity scores of Volfin and Cohen, "Dominant
// speaker identification for multipoint videoconferencing" (2012), from audio levels (RFC 6464) instead of sub-bands.
// Fed with every audio packet of one producer; read by DominantSpeaker. A packet costs a few integer operations: one
// bit for each 20 ms of the last second says whether there was speech.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace consomme::media {

class SpeechActivity {
 public:
  static constexpr Duration kSlot = 20ms;  // what one audio packet holds, mostly

  // The paper's spans: now, 5 slots (100 ms), 10 times 5 slots (1 s).
  static constexpr int kImmediateUnits = 13;
  static constexpr int kMediumSlots = 5;
  static constexpr int kLongBlocks = 10;

  // `minus_dbov`: 0 is the loudest, 127 is silence.
  void receive(Instant now, std::uint8_t minus_dbov);

  // Log-likelihoods of speech, as DominantSpeaker compares them; never 0.
  struct Scores {
    double immediate;
    double medium;
    double long_term;
  };
  Scores scores(Instant now) const;
  // Of somebody who says nothing.
  static Scores silence();
  // Whether the last 100 ms are speech rather than a click.
  bool speaking(Instant now) const;

 private:
  int units_of(std::uint8_t minus_dbov);
  std::uint64_t slots(Instant now) const;

  std::int64_t newest_ = 0;   // slot, counted from the epoch
  std::uint64_t active_ = 0;  // bit i: there was speech i slots before the newest
  int units_ = 0;             // of the newest slot, 0 to kImmediateUnits
  double floor_db_ = kFirstFloorDb;

  // Loudness is 127 - level. The background of each participant is what the levels come down to between words: it
  // follows a quieter packet at once and a louder one slowly.
  static constexpr double kFirstFloorDb = 57;    // -70 dBov: a quiet room
  static constexpr double kLowestFloorDb = 45;   // -82 dBov: noise that nobody hears
  static constexpr double kHighestFloorDb = 87;  // -40 dBov: louder than that is meant to be heard
  static constexpr double kFloorRiseDb = 0.02;   // a packet: 1 dB a second
};

}  // namespace consomme::media
