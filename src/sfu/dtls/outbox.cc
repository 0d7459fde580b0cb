#include "sfu/dtls/outbox.h"

#include <algorithm>
#include <iterator>

namespace consomme::dtls {

void Outbox::begin_flight() {
  copies_.clear();
  copying_ = false;
  flight_began_ = true;
}

bool Outbox::begin_copy() {
  copies_.emplace_back();
  copying_ = true;
  return copies_.size() < kRetransmissions;
}

void Outbox::push(ByteView datagram) {
  Datagrams& to = copying_ ? copies_.back() : waiting_;
  if (to.size() < (copying_ ? kMaxPerCopy : kMaxWaiting)) to.emplace_back(datagram.begin(), datagram.end());
}

void Outbox::settle(Instant now) {
  copying_ = false;
  if (!flight_began_) return;
  flight_began_ = false;
  timeout_ = kFirstTimeout;
  deadline_ = now + timeout_;
  flight_at_ = now;
}

void Outbox::stop() {
  copies_ = {};
  copying_ = false;
  flight_began_ = false;
  deadline_ = kNever;
}

std::size_t Outbox::poll(ByteSpan out) {
  if (waiting_.empty()) return 0;
  const std::size_t size = std::min(waiting_.front().size(), out.size());
  std::ranges::copy(ByteView(waiting_.front()).first(size), out.begin());
  waiting_.erase(waiting_.begin());
  return size;
}

bool Outbox::expire(Instant now) {
  if (now < deadline_) return true;
  if (copies_.empty()) return false;
  std::ranges::move(copies_.front(), std::back_inserter(waiting_));
  copies_.erase(copies_.begin());
  flight_at_.reset();
  timeout_ *= 2;
  deadline_ = now + timeout_;
  return true;
}

}  // namespace consomme::dtls
