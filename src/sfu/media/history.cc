#include "sfu/media/history.h"

#include <algorithm>
#include <bit>

namespace consomme::media {
namespace {

// Wraps after 71 minutes, which no entry lives to see.
std::uint32_t wrapping_us(Instant at) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch()).count());
}

}  // namespace

void History::add(Instant now, const PacketRef& packet, const Rewrite& rewrite) {
  const std::int64_t seq = rewrite.seq.value();
  drop_expired(now);
  if (span() != 0 && seq < oldest_) return;  // so late that its neighbours are gone
  make_room(seq);
  Entry& entry = at(seq);
  entry.packet = packet;
  entry.timestamp = rewrite.timestamp;
  entry.resent_us = 0;
  next_ = std::max(next_, seq + 1);
}

std::optional<Sent> History::resend(Instant now, SeqNo seq, Duration rtt) {
  drop_expired(now);
  if (span() == 0) return std::nullopt;
  const ExtSeqNo newest(next_ - 1);
  const ExtSeqNo extended = newest + distance(truncate(newest), seq);
  if (extended.value() < oldest_ || extended > newest) return std::nullopt;
  Entry& entry = at(extended.value());
  if (!entry.packet) return std::nullopt;

  const std::uint32_t now_us = std::max(wrapping_us(now), 1U);
  const Duration since = std::chrono::microseconds(now_us - entry.resent_us);
  if (entry.resent_us != 0 && since < std::max(rtt, kMinResendInterval)) return std::nullopt;
  entry.resent_us = now_us;
  return Sent{entry.packet, {extended, entry.timestamp}};
}

void History::trim(Instant now) {
  drop_expired(now);
  if (span() != 0) return;
  entries_.reset();
  capacity_ = 0;
}

void History::drop_expired(Instant now) {
  while (span() != 0 && (!at(oldest_).packet || at(oldest_).packet->received + limits_.max_age < now)) drop_oldest();
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
  entries_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace consomme::media
