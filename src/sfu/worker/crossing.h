// What one worker says to another, without waiting for it and without a lock: packets as loans, loans that go back, and
// wishes for key frames. A message is a plain value of one cache line; whoever drives the workers carries it over, in
// order, and nothing else passes between them. One that speaks of what has ended does nothing, but for a loan, which
// goes back in any case.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/strong.h"
#include "sfu/media/layers.h"
#include "sfu/media/packet.h"

namespace consomme::worker {

// A packet of a producer that the other worker has a mirror of: once, however many consumers it has there.
struct LentPacket {
  ProducerId producer;
  media::Encoding encoding = 0;
  media::Loan loan;
};
// As many as a cache line holds, so that giving back takes a few messages for many packets.
struct EndedLoans {
  static constexpr std::size_t kMax = 6;
  std::array<media::Loan, kMax> loans{};
  std::uint8_t count = 0;
};
// A consumer there cannot go on without one.
struct KeyFrameWanted {
  ProducerId producer;
  media::Encoding encoding = 0;
};

using Crossing = std::variant<LentPacket, EndedLoans, KeyFrameWanted>;
static_assert(sizeof(Crossing) == 64);

// What waits for one other worker. In a turn that the other keeps up with, it is filled and emptied. Where it does not,
// media is bounded here, and the oldest video goes first. The rest needs no bound of its own: there are never more
// loans to give back than the other has packets, and an encoding is asked for two key frames a second
// (media/key_frames.h).
class Outbox {
 public:
  // A quarter of a second of 16,000 packets a second: later than that, video is no longer of use.
  static constexpr std::size_t kMaxPackets = 4096;

  // The loan that had to give way, if one had: of the oldest video, or of the oldest sound where no video waits.
  std::optional<media::Loan> add(const LentPacket& packet, bool video);
  void add(const KeyFrameWanted& wanted) { answers_.push(wanted); }
  void give_back(media::Loan loan);

  // Hands over what waits. take(span) says how many it took, from the first on; the others stay. What is owed to the
  // other goes first, then sound.
  template <class Take>
  void move_to(Take take) {
    for (Line* const line : {&answers_, &sound_, &video_}) line->pop(take(line->waiting()));
  }
  bool empty() const { return answers_.size() + sound_.size() + video_.size() == 0; }

 private:
  // First in, first out, in storage that is kept.
  class Line {
   public:
    void push(const Crossing& message) { messages_.push_back(message); }
    void pop(std::size_t count);
    std::span<const Crossing> waiting() const { return std::span(messages_).subspan(begin_); }
    std::size_t size() const { return messages_.size() - begin_; }
    Crossing* last() { return size() == 0 ? nullptr : &messages_.back(); }

   private:
    std::vector<Crossing> messages_;
    std::size_t begin_ = 0;
  };

  Line answers_;
  Line sound_;
  Line video_;
};

}  // namespace consomme::worker
