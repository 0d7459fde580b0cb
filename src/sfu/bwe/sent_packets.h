// What a transport sent, until its receiver has said what became of it: the sender's side of transport-wide congestion
// control. Gives every packet its number, and turns feedback into results. Owned by the bandwidth estimator.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/sequence.h"
#include "base/time.h"
#include "sfu/wire/twcc.h"

namespace consomme::bwe {

// A burst of packets by which a rate is tried out; 0: none, ordinary media.
using ClusterId = std::uint16_t;

// What became of one packet.
struct PacketResult {
  std::int64_t seq = 0;
  Instant sent;
  std::optional<Instant> arrived;  // on the receiver's clock, of which only differences mean anything; nullopt: lost
  std::uint32_t bytes = 0;
  ClusterId cluster = 0;
};

class SentPackets {
 public:
  // Numbers from the oldest that feedback may still tell of: 3 s at 5000 packets a second.
  static constexpr std::int64_t kMaxWindow = 16384;

  // The number that add() gives next, as it is written into the packet.
  bool empty() const { return next_ == 0; }  // nothing was ever sent
  SeqNo next() const { return SeqNo(static_cast<std::uint16_t>(next_)); }
  void add(Instant now, std::size_t bytes, ClusterId cluster);

  // Calls visit(result) for what `feedback` says for the first time, and returns how often. Numbers that were never
  // sent are not believed. A packet told lost may be told received later.
  template <class Visit>
  std::size_t receive(const wire::TwccFeedback& feedback, Visit visit);

 private:
  enum class State : std::uint8_t { kForgotten, kSent, kLost, kReceived };
  struct Entry {
    Instant sent;
    std::uint16_t bytes = 0;
    ClusterId cluster = 0;
    State state = State::kForgotten;
  };
  static constexpr std::int64_t kFirstCapacity = 256;

  Entry& at(std::int64_t seq) { return ring_[static_cast<std::size_t>(seq & (capacity_ - 1))]; }
  std::int64_t oldest() const { return next_ - capacity_; }
  void make_room(Instant now);
  Instant unwrap(Duration reference);

  std::unique_ptr<Entry[]> ring_;  // entries for [oldest(), next_)
  std::int64_t capacity_ = 0;      // a power of two
  std::int64_t next_ = 0;
  std::int64_t told_ = 0;       // feedback has come of a packet before this, and of none from here on
  Instant reference_ = kNever;  // of the last feedback; kNever: there was none
};

template <class Visit>
std::size_t SentPackets::receive(const wire::TwccFeedback& feedback, Visit visit) {
  if (next_ == 0) return 0;
  std::size_t visited = 0;
  const std::int64_t newest = next_ - 1;
  const std::int64_t first = newest + distance(SeqNo(static_cast<std::uint16_t>(newest)), feedback.first);
  const std::int64_t first_known = std::max<std::int64_t>(0, oldest());
  const Duration reference = feedback.reference_time * wire::kTwccReferenceUnit;
  const Instant epoch = unwrap(reference) - reference;
  wire::TwccReader reader(feedback);
  std::int64_t end = first;
  while (const auto status = reader.next()) {
    const std::optional<Instant> arrived = status->arrival ? std::optional(epoch + *status->arrival) : std::nullopt;
    const State told = arrived ? State::kReceived : State::kLost;
    std::int64_t seq = std::max(end, first_known);
    end += status->count;
    for (; seq < end && seq <= newest; ++seq) {
      told_ = std::max(told_, seq + 1);
      Entry& entry = at(seq);
      if (entry.state == State::kForgotten || entry.state >= told) continue;
      entry.state = told;
      visit(PacketResult{seq, entry.sent, arrived, entry.bytes, entry.cluster});
      ++visited;
    }
  }
  return visited;
}

}  // namespace consomme::bwe
