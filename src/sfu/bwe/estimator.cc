#include "sfu/bwe/estimator.h"

#include <algorithm>

namespace consomme::bwe {

void Estimator::sent(Instant now, std::size_t bytes) {
  sent_.add(now, bytes, prober_.cluster());
  prober_.sent(now, bytes);
  if (silence_ == kNever) silence_ = now + kSilence;
  last_sent_ = now;
}

void Estimator::receive(Instant now, const wire::TwccFeedback& feedback) {
  results_.clear();
  sent_.receive(feedback, results_);
  if (results_.empty()) return;
  last_feedback_ = now;
  silence_ = now + kSilence;
  for (const PacketResult& result : results_) take(result);
  const auto arrived = [](const PacketResult& result) { return result.arrived.has_value(); };
  if (const auto newest = std::ranges::find_if(results_.rbegin(), results_.rend(), arrived); newest != results_.rend())
    round_trip_.add(now, now - newest->sent);
  loss_.update(now, results_, round_trip_.queue());
  follow(now);
}

void Estimator::take(const PacketResult& result) {
  prober_.receive(result);
  if (!result.arrived) return;
  acknowledged_.add(*result.arrived, result.bytes);
  if (const auto delta = groups_.add(result.sent, *result.arrived)) trendline_.update(*delta);
}

void Estimator::follow(Instant now) {
  Usage usage = trendline_.usage();
  if (usage == Usage::kOver && prober_.in_flight()) {
    prober_.cancel(now);
    trendline_.restart();
    usage = Usage::kUnder;
  }
  if (standing_queue_.update(now, round_trip_.queue(), round_trip_.last())) usage = Usage::kOver;
  const Bitrate before = rate_control_.rate();
  // What gets through of more that is sent says nothing against that: the link loses the rest by itself.
  std::optional<Bitrate> carried = acknowledged_.rate();
  if (carried) carried = scaled(*carried, 1 / (1 - loss_.own_loss()));
  rate_control_.update(now, {usage, carried, round_trip_.last(), round_trip_.queue()});
  if (rate_control_.rate() < before) prober_.retry_after(now + kAfterDecrease);
  const Prober::Finding finding = prober_.conclude(now, wanted_, estimate(), loss_.own_loss());
  if (finding.lost) loss_.conclude(now, *finding.lost);
  if (finding.proven) {
    rate_control_.proven(now, *finding.proven);
    loss_.lift();
    trendline_.restart();
  }
  if (const auto rate = loss_.experiment()) prober_.experiment(now, *rate);
}

void Estimator::expire(Instant now) {
  if (now >= silence_) {
    rate_control_.back_off(now);
    prober_.cancel(now);
    silence_ = last_sent_ && now - *last_sent_ < kSilence ? now + kSilenceStep : kNever;
  }
  const bool steady = trendline_.usage() == Usage::kNormal && round_trip_.queue() < kMaxQueueToProbe;
  prober_.expire(now, wanted_, estimate(), steady || stale(now));
}

Instant Estimator::deadline() const {
  return std::min(silence_, prober_.deadline(wanted_, estimate()));
}

Patience::Evidence Estimator::evidence(Instant now) const {
  if (stale(now)) return Patience::Evidence::kNone;
  if (round_trip_.queue() > kMaxQueueToProbe) return Patience::Evidence::kQueue;
  return loss_.proven() ? Patience::Evidence::kLoss : Patience::Evidence::kNone;
}

Bitrate Estimator::estimate() const {
  if (!last_feedback_ && told_.heard()) return std::max(limits_.min, told_.rate());
  const Bitrate by_delay = rate_control_.rate();
  return std::max(limits_.min, std::min(by_delay, loss_.bound().value_or(by_delay)));
}

}  // namespace consomme::bwe
