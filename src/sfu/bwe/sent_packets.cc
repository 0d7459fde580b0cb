#include "sfu/bwe/sent_packets.h"

#include <algorithm>
#include <utility>

namespace consomme::bwe {
namespace {

// Feedback about what is older comes too late to steer anything, so its place may be taken.
constexpr Duration kMaxAge = 3s;

}  // namespace

// The place of a packet that feedback has passed is taken without a look at it: it has left the cache long ago, and who
// only writes does not wait for it. Field by field, since a whole entry would come by way of the stack.
void SentPackets::add(Instant now, std::size_t bytes, ClusterId cluster) {
  if (next_ - told_ >= capacity_) make_room(now);
  Entry& entry = at(next_++);
  entry.sent = now;
  entry.bytes = static_cast<std::uint16_t>(bytes);
  entry.cluster = cluster;
  entry.state = State::kSent;
}

// The ring grows while its oldest entry is still of interest.
void SentPackets::make_room(Instant now) {
  const bool in_use = capacity_ == 0 || (at(next_).state == State::kSent && now - at(next_).sent < kMaxAge);
  if (!in_use || capacity_ >= kMaxWindow) return;
  const std::int64_t old_capacity = capacity_;
  capacity_ = std::max(kFirstCapacity, 2 * old_capacity);
  const auto old = std::exchange(ring_, std::make_unique<Entry[]>(static_cast<std::size_t>(capacity_)));
  for (std::int64_t seq = std::max<std::int64_t>(0, next_ - old_capacity); seq < next_; ++seq)
    at(seq) = old[static_cast<std::size_t>(seq & (old_capacity - 1))];
}

// The receiver's clock, continued across the wraps of what the message can express.
Instant SentPackets::unwrap(Duration reference) {
  constexpr Instant kStart{wire::kTwccReferenceWrap};  // so that an arrival reordered before the first is not negative
  constexpr Instant kEnd =
      kStart + 1000 * wire::kTwccReferenceWrap;  // 34 years; to there a clock has been made to leap
  if (reference_ == kNever || reference_ > kEnd || reference_ < Instant()) return reference_ = kStart + reference;
  Duration step = (reference - reference_.time_since_epoch()) % wire::kTwccReferenceWrap;
  if (step >= wire::kTwccReferenceWrap / 2) step -= wire::kTwccReferenceWrap;
  if (step < -wire::kTwccReferenceWrap / 2) step += wire::kTwccReferenceWrap;
  return reference_ += step;
}

}  // namespace consomme::bwe
