#include "sfu/bwe/transport_feedback.h"

#include <algorithm>
#include <bit>

namespace consomme::bwe {
namespace {

// A message's first packet is one that arrived. To tell of losses right behind the last message, the next one repeats
// that message's last arrival, if it is no older than this (deltas reach 8 s).
constexpr Duration kRepeatable = 1s;

}  // namespace

void TransportFeedback::receive(Instant now, SeqNo seq, Ssrc media) {
  const std::int64_t n = unwrapper_.unwrap(seq).value();
  const bool fits = !ring_.empty() && n - first_ < kMaxWindow && next_ - n <= kMaxWindow;
  if (!fits) restart_at(n);
  if (n < first_ && too_late(now, n)) return;
  hold(std::min(n, first_), std::max(n + 1, next_));
  if (cell(n).seq == n) return;  // the first arrival counts
  cell(n) = {n, now};
  first_ = std::min(first_, n);
  next_ = std::max(next_, n + 1);
  media_ = media;
  if (deadline_ == kNever) {
    deadline_ = now + kInterval;
    soonest_ = now + kShortInterval;
  }
  if (next_ - first_ > kManyPackets) deadline_ = std::min(deadline_, std::max(now, soonest_));
}

// One behind which a message has spoken already.
bool TransportFeedback::too_late(Instant now, std::int64_t n) {
  if (n < next_ - kMaxReordering) return true;
  std::int64_t successor = n + 1;
  while (successor < next_ && cell(successor).seq != successor) ++successor;
  return successor < next_ && now - cell(successor).at > kMaxLateness;
}

bool TransportFeedback::poll(Instant now, ByteWriter& out) {
  if (now < deadline_) return false;
  pending_.clear();
  if (const Arrival& last = cell(first_ - 1); last.seq == first_ - 1 && cell(first_).seq != first_) {
    if (now - last.at <= kRepeatable) pending_.push_back({ExtSeqNo(last.seq), last.at});
  }
  for (std::int64_t n = first_; n < next_; ++n)
    if (cell(n).seq == n) pending_.push_back({ExtSeqNo(n), cell(n).at});
  const std::size_t told = wire::write_twcc(out, {sender_, media_, message_count_}, pending_);
  if (told == 0) return false;  // no room: the same again when there is some
  ++message_count_;
  first_ = pending_[told - 1].seq.value() + 1;
  if (first_ == next_) deadline_ = kNever;
  return true;
}

void TransportFeedback::restart_at(std::int64_t seq) {
  ring_.assign(kFirstCapacity, Arrival{});
  first_ = next_ = seq;
  deadline_ = kNever;
}

// Makes the ring hold [from, to), and what may be told again behind it.
void TransportFeedback::hold(std::int64_t from, std::int64_t to) {
  const auto needed = static_cast<std::size_t>(to - from + kMaxReordering);
  if (needed <= ring_.size()) return;
  std::vector<Arrival> old(std::bit_ceil(needed));
  ring_.swap(old);
  for (const Arrival& arrival : old)
    if (arrival.seq != kNoSeq) cell(arrival.seq) = arrival;
}

}  // namespace consomme::bwe
