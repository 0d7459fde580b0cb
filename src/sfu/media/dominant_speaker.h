// Who of a room holds the floor: the decision of Volfin and Cohen, "Dominant speaker identification for multipoint
// videoconferencing" (2012). Another participant becomes dominant when he speaks more than the dominant one does now,
// in the last 100 ms and over the last second, all three; so neither a cough nor an interjection takes the floor, and a
// pause between two words does not lose it. Driven by the worker at a fixed interval; levels come through each
// participant's SpeechActivity.
#pragma once

#include <optional>
#include <span>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/media/speech_activity.h"

namespace consomme::media {

struct Speaker {
  ProducerId producer;
  const SpeechActivity* activity = nullptr;
};

class DominantSpeaker {
 public:
  static constexpr Duration kDecisionInterval = 100ms;
  static constexpr Duration kSilence = 3s;  // nobody speaks: a thought between two sentences is shorter

  // True: dominant() has changed. Who is not among `speakers` any more is not dominant either.
  bool decide(Instant now, std::span<const Speaker> speakers);
  std::optional<ProducerId> dominant() const { return dominant_; }

 private:
  std::optional<ProducerId> challenger(Instant now, std::span<const Speaker> speakers) const;

  std::optional<ProducerId> dominant_;
  Instant last_speech_;
};

}  // namespace consomme::media
