#include "sfu/worker/crossing.h"

namespace consomme::worker {

// What is taken is cleared away when that is as much as is left: each message is moved once at most.
void Outbox::Line::pop(std::size_t count) {
  begin_ += count;
  if (2 * begin_ < messages_.size()) return;
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
}

std::optional<media::Loan> Outbox::add(const LentPacket& packet, bool video) {
  (video ? video_ : sound_).push(packet);
  if (sound_.size() + video_.size() <= kMaxPackets) return std::nullopt;
  Line& from = video_.size() != 0 ? video_ : sound_;
  const media::Loan loan = std::get<LentPacket>(from.waiting().front()).loan;
  from.pop(1);
  return loan;
}

void Outbox::give_back(media::Loan loan) {
  Crossing* const last = answers_.last();
  auto* open = last == nullptr ? nullptr : std::get_if<EndedLoans>(last);
  if (open == nullptr || open->count == EndedLoans::kMax) {
    answers_.push(EndedLoans{});
    open = &std::get<EndedLoans>(*answers_.last());
  }
  open->loans[open->count++] = loan;
}

}  // namespace consomme::worker
