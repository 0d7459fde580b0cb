#include "sfu/media/dominant_speaker.h"

#include <algorithm>
#include <cmath>

namespace consomme::media {
namespace {

// By how much, as logarithms of a ratio, a challenger's scores must exceed those of the dominant speaker (the paper's
// C1, C2, C3).
constexpr double kImmediateLead = 3;
constexpr double kMediumLead = 2;
constexpr double kLongLead = 0;

const Speaker* find(std::span<const Speaker> speakers, std::optional<ProducerId> producer) {
  const auto found = std::ranges::find_if(speakers, [&](const Speaker& s) { return s.producer == producer; });
  return found == speakers.end() ? nullptr : &*found;
}

}  // namespace

bool DominantSpeaker::decide(Instant now, std::span<const Speaker> speakers) {
  const std::optional<ProducerId> before = dominant_;
  if (std::ranges::any_of(speakers, [&](const Speaker& s) { return s.activity->speaking(now); })) last_speech_ = now;
  if (find(speakers, dominant_) == nullptr || now - last_speech_ >= kSilence) dominant_.reset();
  if (const auto next = challenger(now, speakers)) {
    dominant_ = next;
    last_speech_ = now;  // perhaps in the block before the last 100 ms
  }
  return dominant_ != before;
}

// The one that leads most over the last 100 ms, of those that lead over all three spans.
std::optional<ProducerId> DominantSpeaker::challenger(Instant now, std::span<const Speaker> speakers) const {
  const Speaker* const dominant = find(speakers, dominant_);
  const SpeechActivity::Scores held = dominant != nullptr ? dominant->activity->scores(now) : SpeechActivity::silence();
  std::optional<ProducerId> best;
  double best_lead = kMediumLead;
  for (const Speaker& speaker : speakers) {
    if (&speaker == dominant) continue;
    const SpeechActivity::Scores scores = speaker.activity->scores(now);
    const double lead = std::log(scores.medium / held.medium);
    if (lead <= best_lead || std::log(scores.immediate / held.immediate) <= kImmediateLead ||
        std::log(scores.long_term / held.long_term) <= kLongLead)
      continue;
    best = speaker.producer;
    best_lead = lead;
  }
  return best;
}

}  // namespace consomme::media
