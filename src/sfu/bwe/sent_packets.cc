#include "sfu/bwe/sent_packets.h"

#include <algorithm>

namespace consomme::bwe {
namespace {

// Feedback about what is older comes too late to steer anything, so its place may be taken.
constexpr Duration kMaxAge = 3s;

}  // namespace

void SentPackets::add(Instant now, std::size_t bytes, ClusterId cluster) {
  make_room(now);
  at(next_++) = {now, static_cast<std::uint16_t>(bytes), cluster, State::kSent};
}

// The ring grows while its oldest entry is still of interest.
void SentPackets::make_room(Instant now) {
  if (ring_.empty()) ring_.resize(kFirstCapacity);
  const Entry& oldest_entry = at(next_);
  const bool in_use = oldest_entry.state == State::kSent && now - oldest_entry.sent < kMaxAge;
  if (!in_use || static_cast<std::int64_t>(ring_.size()) >= kMaxWindow) return;
  std::vector<Entry> old(ring_.size() * 2);
  ring_.swap(old);
  const auto size = static_cast<std::int64_t>(old.size());
  for (std::int64_t seq = std::max<std::int64_t>(0, next_ - size); seq < next_; ++seq)
    at(seq) = old[static_cast<std::size_t>(seq) & (old.size() - 1)];
}

// The receiver's clock, continued across the wraps of what the message can express.
Instant SentPackets::unwrap(Duration arrival) {
  constexpr Instant kStart{wire::kTwccReferenceWrap};  // so that an arrival reordered before the first is not negative
  if (last_arrival_ == kNever) return last_arrival_ = kStart + arrival;
  Duration step = (arrival - last_arrival_.time_since_epoch()) % wire::kTwccReferenceWrap;
  if (step >= wire::kTwccReferenceWrap / 2) step -= wire::kTwccReferenceWrap;
  if (step < -wire::kTwccReferenceWrap / 2) step += wire::kTwccReferenceWrap;
  return last_arrival_ += step;
}

}  // namespace consomme::bwe
