// What a transport sent, until its receiver has said what became of it: the sender's side of transport-wide congestion
// control. Gives every packet its number, and turns feedback into results. Owned by the bandwidth estimator.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

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
  SeqNo next() const { return SeqNo(static_cast<std::uint16_t>(next_)); }
  void add(Instant now, std::size_t bytes, ClusterId cluster);

  // Appends what `feedback` says for the first time. Numbers that were never sent are not believed. A packet told lost
  // may be told received later.
  void receive(const wire::TwccFeedback& feedback, std::vector<PacketResult>& results);

 private:
  enum class State : std::uint8_t { kForgotten, kSent, kLost, kReceived };
  struct Entry {
    Instant sent;
    std::uint16_t bytes = 0;
    ClusterId cluster = 0;
    State state = State::kForgotten;
  };
  static constexpr std::size_t kFirstCapacity = 256;

  Entry& at(std::int64_t seq) { return ring_[static_cast<std::size_t>(seq) & (ring_.size() - 1)]; }
  std::int64_t oldest() const { return next_ - static_cast<std::int64_t>(ring_.size()); }
  void make_room(Instant now);
  Instant unwrap(Duration arrival);

  std::vector<Entry> ring_;  // a power of two; entries for [oldest(), next_)
  std::int64_t next_ = 0;
  std::optional<Instant> last_arrival_;
};

}  // namespace consomme::bwe
