// What a consumer was sent lately, for retransmission: references to shared packets, not copies. A ring by output
// sequence number, 16 bytes an entry (20 of a source with layers), bounded by age and count, and no larger than what is
// inside asks for: a consumer that is paused holds nothing. Driven by its outbound stream.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/media/packet.h"
#include "sfu/media/rewrite.h"

namespace consomme::media {

struct Sent {
  PacketRef packet;
  Rewrite rewrite;
};

class History {
 public:
  struct Limits {
    Duration max_age;
    std::size_t max_packets;  // a power of two
  };
  static constexpr Limits kVideo{2s, 2048};  // 8 Mbit/s; memory then is 32 KB
  static constexpr Limits kAudio{1s, 128};   // 10 ms packets and some
  // A round trip time shorter than this does not make us send more often.
  static constexpr Duration kMinResendInterval = 10ms;
  static constexpr Duration kUnmeasuredRoundTrip = 100ms;

  explicit History(Limits limits) : limits_(limits) {}

  void add(Instant now, const PacketRef& packet, const Rewrite& rewrite);
  // The packet to send again, which is noted. nullopt: gone, never sent, sent again within the last round trip, or sent
  // so lately that whoever asks could not have seen it yet: the source's own loss, repaired while the request was under
  // way. `rtt`: nullopt until it is measured.
  std::optional<Sent> resend(Instant now, SeqNo seq, std::optional<Duration> rtt);
  // One that was sent lately, for padding: those of the last half second in turn, so that none goes out too often. None
  // that is empty, which would fill nothing.
  std::optional<Sent> any(Instant now);
  // Lets go of what is too old. `add` does it too, so this is for streams that pause.
  void trim(Instant now);
  // Lets go of what came longer ago than `age`.
  void forget(Instant now, Duration age);

  std::size_t span() const { return static_cast<std::size_t>(next_ - oldest_); }  // in numbers, gaps included
  std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::size_t kFirstCapacity = 32;
  // The old end of the ring has left the cache when it is due: it is looked at for several packets at once.
  static constexpr std::int64_t kAddsPerExpiry = 16;

  struct Entry {
    PacketRef packet;
    RtpTimestamp timestamp;
    std::uint32_t sent_us : 31 = 0;  // the last time, in microseconds, wrapping
    std::uint32_t resent : 1 = 0;
  };

  // What only packets of layers have beside it: most histories have none of these.
  struct Change {
    std::uint32_t ends_picture : 1 = 0;
    std::uint32_t empty : 1 = 0;
    std::uint32_t descriptor : 30 = 0;
  };

  void note_change(std::int64_t seq, const Rewrite& rewrite);
  Sent as_sent(std::int64_t seq);
  Change& change_at(std::int64_t seq) { return changes_[static_cast<std::size_t>(seq) & (capacity_ - 1)]; }
  Entry& at(std::int64_t seq) { return entries_[static_cast<std::size_t>(seq) & (capacity_ - 1)]; }
  void drop_expired(Instant now) { forget(now, limits_.max_age); }
  void drop_oldest() { at(oldest_++).packet.reset(); }
  void make_room(std::int64_t seq);
  void grow(std::size_t capacity);

  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<Change[]> changes_;  // beside the entries, from the first change on
  std::size_t capacity_ = 0;           // a power of two, or nothing
  std::int64_t oldest_ = 0;            // entries are kept for [oldest_, next_)
  std::int64_t next_ = 0;
  std::int64_t last_any_ = 0;  // the number that any() gave last
  Limits limits_;
};

}  // namespace consomme::media
