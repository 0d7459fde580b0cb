#include "sfu/bwe/report_estimate.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void ReportEstimate::measured(Instant now, Duration round_trip) {
  round_trip_.add(now, round_trip, round_trip, Duration::zero());
  last_ = {.sent = now, .bytes = bytes_, .round_trip = round_trip};
}

void ReportEstimate::expire(Instant now, const Wanted& wanted) {
  if (!rate_ && dares_at_ == kNever) {
    dares_at_ = now + kPatience;
    sounding_.wait_until(now + kFirstPicture);
  }
  if (now >= dares_at_) believe(start_);
  sounding_.expire(now, wanted, rate_, bytes_, queue_ < kCalm);
}

void ReportEstimate::sent_report(Instant now) {
  reports_.sent(now, bytes_);
  sounding_.reported(now);
}

void ReportEstimate::receive(Instant now, const SeenReport& seen, double lost, double expected) {
  const auto answer = reports_.answer(now, seen);
  const double share = loss_.add(now, lost, expected, queue_ > kCalm).value_or(0);
  if (share > ReportedLoss::kMuch && rate_ && now >= fallen_ + kResponse) fall(now, scaled(*rate_, 1 - share / 2));
  if (!answer || answer->sent <= last_.sent) return;
  heard_ = true;
  follow(now, *answer, share);
  last_ = *answer;
}

void ReportEstimate::follow(Instant now, const SenderReports::Answer& answer, double lost) {
  const Duration above = round_trip_.above_least(answer.round_trip);
  if (const auto through = sounding_.receive(now, answer, above)) {
    if (lost <= ReportedLoss::kMuch) return sounded(now, *through, above);
    queue_ = above;  // it was full before, or is a short one
    sounding_.failed(now);
    return fall(now, scaled(*through, kDraining * (1 - lost)));
  }
  // At low rates a single packet takes as long as a queue elsewhere.
  const Duration packet = time_of(kFullPacket, rate_.value_or(start_));
  round_trip_.add(now, answer.round_trip, answer.round_trip, packet);
  queue_ = std::max(Duration::zero(), round_trip_.queue() - packet);
  bool full = standing_queue_.update(now, queue_, answer.round_trip, false);
  if (standing_queue_.is_anothers(now)) queue_ = {};
  full = full || queue_ > kSevere || (queue_ > kLong && lost > ReportedLoss::kMuch);
  arriving_ = arrived(answer, lost);
  if (full && arriving_ > Bitrate()) fall(now, scaled(arriving_, kDraining));
}

// What was sent between two sender reports arrived in as much more time as the second was longer on its way.
Bitrate ReportEstimate::arrived(const SenderReports::Answer& answer, double lost) const {
  const Duration span = answer.sent - last_.sent + answer.round_trip - last_.round_trip;
  const bool is_first = last_.sent == Instant{};  // on a path that has not been measured before
  if (is_first || span < kLeastApart) return arriving_;
  return scaled(rate_of(answer.bytes - last_.bytes, span), 1 - lost);
}

void ReportEstimate::sounded(Instant now, Bitrate through, Duration queue) {
  informed_ = true;
  const bool calm = queue <= kCalm;
  const bool confirmed = calm && !rate_;  // nothing contradicts it
  const Bitrate carried = confirmed ? start_ : scaled(through, kFull);
  if (confirmed || (calm && carried > *rate_)) {
    sounding_.succeeded(now);
    return believe(carried);
  }
  sounding_.failed(now);
  if (calm) return;
  believe(carried);  // that is all
  limited_ = true;
  evidence_ = Patience::Evidence::kNone;  // of what is sent without it, all may get through
}

void ReportEstimate::fall(Instant now, Bitrate to) {
  believe(std::min(rate_.value_or(to), to));
  fallen_ = now;
  limited_ = informed_ = true;
  evidence_ = Patience::Evidence::kLoss;
  sounding_.put_off(now);
}

void ReportEstimate::believe(Bitrate rate) {
  rate_ = std::max(rate, kLeast);
  dares_at_ = kNever;
}

Patience::Evidence ReportEstimate::evidence() const {
  return queue_ > kLong ? Patience::Evidence::kQueue : evidence_;
}

}  // namespace consomme::bwe
