#include "sfu/media/sequence_validator.h"

#include <algorithm>

namespace consomme::media {
namespace {

constexpr std::int64_t kCycle = 1 << 16;

}  // namespace

std::expected<SequenceValidator::Admitted, SequenceError> SequenceValidator::admit(SeqNo seq) {
  // The first number is lifted by one cycle, so that what was reordered before it is not negative.
  if (!highest_) return start_at(ExtSeqNo(kCycle + seq.value()));
  if (restart_expected_) {
    // A cycle more than needed: another SSRC's numbers have nothing to do with those before, and must not look so.
    const auto ahead = static_cast<std::uint16_t>(seq.value() - truncate(*highest_).value());
    return Admitted{start_at(*highest_ + kCycle + ahead).seq, true};
  }
  const ExtSeqNo extended = extend(seq);
  const std::int64_t step = extended - *highest_;
  if (step > kMaxDropout || step <= -kWindow) return admit_jump(seq);
  if (step > 0) raise_to(extended);
  if (!mark(extended)) return std::unexpected(SequenceError::kDuplicate);
  return Admitted{extended};
}

std::expected<ExtSeqNo, SequenceError> SequenceValidator::admit_repair(SeqNo seq) {
  if (!highest_ || restart_expected_) return std::unexpected(SequenceError::kJump);
  const ExtSeqNo extended = extend(seq);
  const std::int64_t step = extended - *highest_;
  if (step <= -kWindow) return std::unexpected(SequenceError::kTooOld);
  if (step > kMaxDropout) return std::unexpected(SequenceError::kJump);
  if (step > 0) raise_to(extended);
  if (!mark(extended)) return std::unexpected(SequenceError::kDuplicate);
  return extended;
}

ExtSeqNo SequenceValidator::extend(SeqNo seq) const {
  return *highest_ + distance(truncate(*highest_), seq);
}

// Two packets in sequence at the new place are believed (RFC 3550 §A.1).
std::expected<SequenceValidator::Admitted, SequenceError> SequenceValidator::admit_jump(SeqNo seq) {
  if (after_jump_ == seq) {
    const auto ahead = static_cast<std::uint16_t>(seq.value() - truncate(*highest_).value());
    return Admitted{start_at(*highest_ + ahead).seq, true};
  }
  after_jump_ = SeqNo(static_cast<std::uint16_t>(seq.value() + 1));
  return std::unexpected(SequenceError::kJump);
}

SequenceValidator::Admitted SequenceValidator::start_at(ExtSeqNo seq) {
  highest_ = base_ = seq;
  after_jump_.reset();
  restart_expected_ = false;
  seen_.reset();
  mark(seq);
  return {seq};
}

bool SequenceValidator::mark(ExtSeqNo seq) {
  auto bit = seen_[static_cast<std::size_t>(seq.value() % kWindow)];
  if (bit) return false;
  bit = true;
  return true;
}

// Frees the places of the numbers that come into the window.
void SequenceValidator::raise_to(ExtSeqNo seq) {
  const std::int64_t fresh = std::min(seq - *highest_, kWindow);
  for (std::int64_t i = 0; i < fresh; ++i) seen_.reset(static_cast<std::size_t>((seq.value() - i) % kWindow));
  highest_ = seq;
}

}  // namespace consomme::media
