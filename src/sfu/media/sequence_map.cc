#include "sfu/media/sequence_map.h"

#include <algorithm>

namespace consomme::media {

void SequenceMap::splice(ExtSeqNo source) {
  run_ = {source.value(), source.value() - next_output_};
  highest_ = source.value() - 1;
  past_count_ = 0;
}

bool SequenceMap::skip(ExtSeqNo source) {
  if (source.value() <= highest_) return false;
  if (run_.since < source.value()) remember(run_);
  highest_ = source.value();
  run_ = {source.value() + 1, run_.offset + 1};
  return true;
}

// Most consumers have nothing left out: 2 KB that only the others need.
void SequenceMap::remember(const Run& run) {
  if (!past_) past_ = std::make_unique<Run[]>(kPastRuns);
  past_[past_next_] = run;
  past_next_ = (past_next_ + 1) % kPastRuns;
  past_count_ = static_cast<std::uint8_t>(std::min<std::size_t>(past_count_ + 1U, kPastRuns));
}

// Newest first: late packets are late by little.
const SequenceMap::Run* SequenceMap::past_run_of(std::int64_t source) const {
  for (std::size_t i = 1; i <= past_count_; ++i) {
    const Run& run = past_[(past_next_ + kPastRuns - i) % kPastRuns];
    if (source >= run.since) return &run;
  }
  return nullptr;
}

}  // namespace consomme::media
