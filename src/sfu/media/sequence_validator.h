// Which sequence numbers of one source are taken (RFC 3550 §A.1, adapted): unwraps them, refuses duplicates and the too
// old, and lets a source that restarts begin again. There is no probation: the SSRC was negotiated and the packet
// authenticated. Extended numbers never step back, a restart included.
#pragma once

#include <bitset>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/sequence.h"

namespace consomme::media {

enum class SequenceError : std::uint8_t { kDuplicate, kTooOld, kJump };

class SequenceValidator {
 public:
  static constexpr std::int64_t kMaxDropout = 3000;  // RFC 3550 §A.1: a larger step forward is a restart
  static constexpr std::int64_t kWindow = 2048;      // how old a packet may be; holds what NACK asks for twice over

  struct Admitted {
    ExtSeqNo seq;
    bool restarted = false;  // what was known of the order of packets is void
  };

  // A packet of the stream itself. After a jump the first packet is refused, and the one that follows it is admitted.
  std::expected<Admitted, SequenceError> admit(SeqNo seq);
  // A packet that came by retransmission: it fills gaps, and proves no restart.
  std::expected<ExtSeqNo, SequenceError> admit_repair(SeqNo seq);
  // The next packet comes from another SSRC: whatever its number is, it is admitted as a restart.
  void expect_restart() { restart_expected_ = highest_.has_value(); }

  std::optional<ExtSeqNo> highest() const { return highest_; }
  // Whether the one before was used by the source and is not here.
  bool lacks_before(ExtSeqNo seq) const {
    return seq > base_ && *highest_ - seq < kWindow - 1 &&
           !seen_[static_cast<std::size_t>((seq.value() - 1) % kWindow)];
  }
  // Since the stream (re)started: numbers used by the source (RFC 3550 §A.3).
  std::int64_t expected() const { return highest_ ? *highest_ - base_ + 1 : 0; }

 private:
  ExtSeqNo extend(SeqNo seq) const;
  std::expected<Admitted, SequenceError> admit_jump(SeqNo seq);
  Admitted start_at(ExtSeqNo seq);
  bool mark(ExtSeqNo seq);
  void raise_to(ExtSeqNo seq);

  std::optional<ExtSeqNo> highest_;
  ExtSeqNo base_;
  std::optional<SeqNo> after_jump_;  // the number that would prove a restart
  bool restart_expected_ = false;
  std::bitset<kWindow> seen_;
};

}  // namespace consomme::media
