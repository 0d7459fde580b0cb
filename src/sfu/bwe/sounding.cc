#include "sfu/bwe/sounding.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

bool of_use(const Wanted& wanted, std::optional<Bitrate> estimate) {
  return wanted.next > estimate.value_or(Bitrate());
}

}  // namespace

void Sounding::expire(Instant now, const Wanted& wanted, std::optional<Bitrate> estimate, double bytes, bool calm) {
  if (state_ == State::kAwaiting && now >= ended_ + kPatience) state_ = State::kIdle;
  if (state_ != State::kIdle || now < next_ || !of_use(wanted, estimate)) return;
  if (!calm) {
    next_ = now + kSoon;
    return;
  }
  state_ = State::kSending;
  target_ = target(wanted, estimate);
  begun_ = next_padding_ = now;
  bytes_before_ = bytes;
}

Bitrate Sounding::target(const Wanted& wanted, std::optional<Bitrate> estimate) const {
  if (!estimate) return std::min(first_, scaled(wanted.all, kHeadroom));
  return std::min(scaled(*estimate, kStep), scaled(wanted.next, kHeadroom));
}

Instant Sounding::deadline(const Wanted& wanted, std::optional<Bitrate> estimate) const {
  switch (state_) {
    case State::kIdle:
      return of_use(wanted, estimate) ? next_ : kNever;
    case State::kSending:
      return std::min(next_padding_, begun_ + kSpan);
    case State::kAwaiting:
      return ended_ + kPatience;
  }
  return kNever;
}

std::size_t Sounding::due(Instant now, double bytes) const {
  if (state_ != State::kSending || now >= begun_ + kSpan) return 0;
  const double missing = bytes_in(target_, now - begun_ + kTick) - (bytes - bytes_before_);
  return missing > 0 ? static_cast<std::size_t>(missing) : 0;
}

void Sounding::reported(Instant now) {
  if (!wants_report(now)) return;
  state_ = State::kAwaiting;
  ended_ = now;
}

std::optional<Bitrate> Sounding::receive(Instant now, const SenderReports::Answer& answer, Duration queue) {
  if (state_ != State::kAwaiting || answer.sent < ended_) return std::nullopt;
  state_ = State::kIdle;
  if (answer.sent > ended_) {  // another has left before the receiver told of that one
    next_ = now;
    return std::nullopt;
  }
  return rate_of(answer.bytes - bytes_before_, ended_ - begun_ + queue);
}

void Sounding::failed(Instant now) {
  next_ = now + pause_;
  pause_ = std::min(2 * pause_, kMaxPause);
}

}  // namespace consomme::bwe
