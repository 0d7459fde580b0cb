// Which of the newest packet indices were seen (RFC 3711 §3.3.2), and which index a 16-bit sequence number means.
// Incoming, it stops replays; outgoing, it stops a nonce from being used twice.
#pragma once

#include <array>
#include <cstdint>

#include "base/sequence.h"

namespace consomme::srtp {

class ReplayWindow {
 public:
  // RFC 3711 §3.3.2 asks for 64 at least; video at 10 Mbit/s sends 1024 packets a second, and retransmissions and
  // reordering reach back less.
  static constexpr std::uint64_t kPackets = 1024;

  explicit ReplayWindow(std::uint64_t first) : highest_(first) { mark(first); }
  // Of a source of which no more is known than the highest index: all up to it counts as seen.
  static ReplayWindow closed_up_to(std::uint64_t highest) {
    ReplayWindow window(highest);
    window.words_.fill(~std::uint64_t{0});
    return window;
  }

  // Not seen, and not too old to know.
  bool fresh(std::uint64_t index) const { return index > highest_ || (highest_ - index < kPackets && !seen(index)); }
  // Known to have been seen.
  bool seen(std::uint64_t index) const {
    return index <= highest_ && highest_ - index < kPackets && (words_[word(index)] & bit(index)) != 0;
  }
  void accept(std::uint64_t index) {
    if (index > highest_) advance(index);
    mark(index);
  }
  std::uint64_t highest() const { return highest_; }

  // The index nearest to the highest one seen that ends in this sequence number (RFC 3711 §3.3.1, appendix A). Negative
  // when it would lie before the first rollover.
  std::int64_t estimate(SeqNo seq) const { return estimate(highest_, seq); }
  static std::int64_t estimate(std::uint64_t highest_seen, SeqNo seq) {
    const auto highest = static_cast<std::int64_t>(highest_seen);
    const std::int64_t same_rollover = (highest & ~std::int64_t{0xffff}) | seq.value();
    if (same_rollover - highest > 0x8000) return same_rollover - 0x10000;
    if (highest - same_rollover > 0x8000) return same_rollover + 0x10000;
    return same_rollover;
  }

 private:
  static std::size_t word(std::uint64_t index) { return (index % kPackets) / 64; }
  static std::uint64_t bit(std::uint64_t index) { return std::uint64_t{1} << (index % 64); }
  void mark(std::uint64_t index) { words_[word(index)] |= bit(index); }
  void advance(std::uint64_t index) {
    if (index - highest_ >= kPackets) {
      words_ = {};
    } else {
      for (std::uint64_t i = highest_ + 1; i <= index; ++i) words_[word(i)] &= ~bit(i);
    }
    highest_ = index;
  }

  std::uint64_t highest_;
  std::array<std::uint64_t, kPackets / 64> words_{};
};

}  // namespace consomme::srtp
