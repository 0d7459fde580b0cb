#include "sfu/media/history.h"

#include <algorithm>
#include <bit>

namespace consomme::media {
namespace {

// Wraps after 35 minutes, which no entry lives to see.
constexpr std::uint32_t kWrapMask = 0x7fffffff;
std::uint32_t wrapping_us(Instant at) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch()).count();
  return static_cast<std::uint32_t>(us) & kWrapMask;
}

}  // namespace

void History::add(Instant now, const PacketRef& packet, const Rewrite& rewrite) {
  const std::int64_t seq = rewrite.seq.value();
  const bool full = seq - oldest_ >= static_cast<std::int64_t>(capacity_);
  if (full || seq % kAddsPerExpiry == 0) drop_expired(now);
  if (span() != 0 && seq < oldest_) return;  // so late that its neighbours are gone
  make_room(seq);
  Entry& entry = at(seq);
  entry.packet = packet;
  entry.timestamp = rewrite.timestamp;
  entry.sent_us = wrapping_us(now) & kWrapMask;
  entry.resent = 0;
  next_ = std::max(next_, seq + 1);
  if (changes_ || rewrite.ends_picture != 0 || rewrite.empty != 0 || rewrite.descriptor != 0) note_change(seq, rewrite);
}

void History::note_change(std::int64_t seq, const Rewrite& rewrite) {
  if (!changes_) changes_ = std::make_unique<Change[]>(capacity_);
  change_at(seq) = {rewrite.ends_picture, rewrite.empty, rewrite.descriptor};
}

std::optional<Sent> History::resend(Instant now, SeqNo seq, std::optional<Duration> rtt) {
  drop_expired(now);
  if (span() == 0) return std::nullopt;
  const ExtSeqNo newest(next_ - 1);
  const ExtSeqNo extended = newest + distance(truncate(newest), seq);
  if (extended.value() < oldest_ || extended > newest) return std::nullopt;
  Entry& entry = at(extended.value());
  if (!entry.packet) return std::nullopt;

  const Duration since = std::chrono::microseconds((wrapping_us(now) - entry.sent_us) & kWrapMask);
  const Duration apart = entry.resent != 0 ? std::max(rtt.value_or(kUnmeasuredRoundTrip), kMinResendInterval)
                                           : rtt.value_or(Duration{}) / 2;  // one way: it had not arrived
  if (since < apart) return std::nullopt;
  entry.sent_us = wrapping_us(now) & kWrapMask;
  entry.resent = 1;
  return as_sent(extended.value());
}

Sent History::as_sent(std::int64_t seq) {
  const Entry& entry = at(seq);
  const Change change = changes_ ? change_at(seq) : Change{};
  return {entry.packet, {ExtSeqNo(seq), entry.timestamp, change.ends_picture, change.empty, change.descriptor}};
}

std::optional<Sent> History::any(Instant now) {
  constexpr Duration kLately = 500ms;
  drop_expired(now);
  const auto is_recent = [&](const Entry& entry) { return entry.packet && entry.packet->received + kLately >= now; };
  const auto is_empty = [this](std::int64_t seq) { return changes_ && change_at(seq).empty != 0; };
  if (span() == 0 || !is_recent(at(next_ - 1))) return std::nullopt;
  for (std::size_t left = span(); left > 0; --left) {
    ++last_any_;
    if (last_any_ < oldest_ || last_any_ >= next_) last_any_ = oldest_;
    if (is_recent(at(last_any_)) && !is_empty(last_any_)) return as_sent(last_any_);
  }
  return std::nullopt;
}

void History::trim(Instant now) {
  drop_expired(now);
  if (span() != 0) return;
  entries_.reset();
  changes_.reset();
  capacity_ = 0;
}

void History::forget(Instant now, Duration age) {
  while (span() != 0 && (!at(oldest_).packet || at(oldest_).packet->received + age < now)) drop_oldest();
}

void History::make_room(std::int64_t seq) {
  while (span() != 0 && seq - oldest_ >= static_cast<std::int64_t>(limits_.max_packets)) drop_oldest();
  if (span() == 0) oldest_ = next_ = seq;
  const auto needed = static_cast<std::size_t>(seq - oldest_ + 1);
  if (needed > capacity_) grow(std::max(kFirstCapacity, std::bit_ceil(needed)));
}

void History::grow(std::size_t capacity) {
  auto larger = std::make_unique<Entry[]>(capacity);
  for (std::int64_t seq = oldest_; seq < next_; ++seq)
    larger[static_cast<std::size_t>(seq) & (capacity - 1)] = std::move(at(seq));
  if (changes_) {
    auto changes = std::make_unique<Change[]>(capacity);
    for (std::int64_t seq = oldest_; seq < next_; ++seq)
      changes[static_cast<std::size_t>(seq) & (capacity - 1)] = change_at(seq);
    changes_ = std::move(changes);
  }
  entries_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace consomme::media
