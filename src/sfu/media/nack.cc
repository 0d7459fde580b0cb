#include "sfu/media/nack.h"

#include <algorithm>

namespace consomme::media {

bool NackGenerator::receive(Instant now, ExtSeqNo seq) {
  if (!newest_) {
    newest_ = seq;
    return false;
  }
  if (seq <= *newest_) {
    const auto found = std::ranges::lower_bound(missing_, seq, {}, &Missing::seq);
    if (found != missing_.end() && found->seq == seq) missing_.erase(found);
    return false;
  }
  const ExtSeqNo first_lost = *newest_ + 1;
  newest_ = seq;
  forget_before(seq + -kWindow);
  const auto lost = static_cast<std::size_t>(seq - first_lost);
  if (missing_.size() + lost > kMaxMissing) {
    missing_.clear();
    return true;
  }
  for (ExtSeqNo n = first_lost; n < seq; n = n + 1) missing_.push_back({n, now, 0});
  if (lost != 0) deadline_ = std::min(deadline_, now);
  return false;
}

void NackGenerator::received_key_frame(ExtSeqNo seq) {
  forget_before(seq);
}

void NackGenerator::restart() {
  newest_.reset();
  missing_.clear();
}

std::span<const SeqNo> NackGenerator::expire(Instant now) {
  asked_.clear();
  if (now < deadline_) return {};
  std::erase_if(missing_, [now](const Missing& m) { return m.tries >= kMaxTries && m.ask_at <= now; });
  deadline_ = kNever;
  for (Missing& m : missing_) {
    if (m.ask_at <= now && asked_.size() < kMaxAsked) {
      asked_.push_back(truncate(m.seq));
      m.ask_at = now + interval();
      ++m.tries;
    }
    deadline_ = std::min(deadline_, m.ask_at);
  }
  return asked_;
}

void NackGenerator::forget_before(ExtSeqNo seq) {
  missing_.erase(missing_.begin(), std::ranges::lower_bound(missing_, seq, {}, &Missing::seq));
}

// A quarter more than a round trip: that is a mean, which half of the answers exceed.
Duration NackGenerator::interval() const {
  return std::max(kMinInterval, rtt_ + rtt_ / 4);
}

}  // namespace consomme::media
