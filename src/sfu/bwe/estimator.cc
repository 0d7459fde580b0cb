#include "sfu/bwe/estimator.h"

#include <algorithm>
#include <limits>

namespace consomme::bwe {
namespace {

// Of the packets of one feedback the one that was fastest on its way: what stands in the queue is what even the first
// packet of a picture finds there; the others also wait for those before them.
class Fastest {
 public:
  void add(const PacketResult& result) {
    if (!result.arrived) return;
    last_arrival_ = std::max(last_arrival_, *result.arrived);
    one_way_ = std::min(one_way_, *result.arrived - result.sent);
  }
  bool known() const { return one_way_ != Duration::max(); }
  Duration one_way() const { return one_way_; }  // between two clocks
  // Feedback leaves when the last has arrived.
  Duration round_trip(Instant now) const { return now - (last_arrival_ - one_way_); }

 private:
  Instant last_arrival_ = Instant::min();
  Duration one_way_ = Duration::max();
};

}  // namespace

void Estimator::sent(Instant now, std::size_t bytes) {
  sent_.add(now, bytes, prober_.cluster());
  prober_.sent(now, bytes);
  if (silence_ == kNever) silence_ = now + kSilence;
  last_sent_ = now;
}

void Estimator::receive(Instant now, const wire::TwccFeedback& feedback) {
  if (stale(now)) trendline_.restart();  // what it said before a pause would end the first probe behind it
  Fastest fastest;
  const std::size_t news = sent_.receive(feedback, [&](const PacketResult& result) {
    if (result.sent < path_since_) return;
    fastest.add(result);
    take(result);
  });
  if (news == 0) return;
  last_feedback_ = now;
  silence_ = kNever;
  const Duration packet = packet_time();
  if (fastest.known())
    round_trip_.add(now, fastest.round_trip(now), fastest.one_way(), packet, standing_queue_.is_anothers(now));
  loss_.update(now, round_trip_.queue(), acknowledged_.rate());
  follow(now, packet);
}

void Estimator::take(const PacketResult& result) {
  prober_.receive(result);
  loss_.add(result);
  if (!result.arrived) return acknowledged_.add_lost(result.bytes);
  acknowledged_.add(*result.arrived, result.bytes);
  if (const auto delta = groups_.add(result.sent, *result.arrived)) trendline_.update(*delta);
}

// As much as was believed of the old path is begun with on the new one, but no more than on one of which nothing is
// known; a bold search finds out the rest.
void Estimator::change_path(Instant now) {
  path_since_ = now;
  groups_ = {};
  acknowledged_ = {};
  trendline_ = {};
  round_trip_ = {};
  standing_queue_ = {};
  const Bitrate first = std::min(estimate(), limits_.start);
  told_.change_path(first);
  top_up_ = {};
  reported_ = ReportEstimate(limits_.start, reported_.believed() ? std::optional(first) : std::nullopt);
  loss_ = {};
  rate_control_ = RateControl({.start = first, .min = limits_.min, .max = limits_.max});
  prober_.restart(now);
  probed_ = false;
}

// What gets through of more that is sent says nothing against that: the link loses the rest by itself.
std::optional<Bitrate> Estimator::through() const {
  const std::optional<Bitrate> arrived = acknowledged_.rate();
  if (!arrived || loss_.own_loss() == 0) return arrived;
  return scaled(*arrived, 1 / (1 - std::min(loss_.own_loss(), acknowledged_.lost())));
}

// At low rates a single packet takes as long as a queue elsewhere.
Duration Estimator::packet_time() const {
  const std::optional<Bitrate> rate = through();
  return rate && *rate > Bitrate() ? time_of(kFullPacket, *rate) : Duration::zero();
}

Bitrate Estimator::carried(Instant now) const {
  return stale(now) ? Bitrate() : scaled(through().value_or(Bitrate()), kFull);
}

Bitrate Estimator::arriving(Instant now) const {
  if (by() == By::kReports) return reported_.arriving();
  return stale(now) ? Bitrate() : acknowledged_.rate().value_or(Bitrate());
}

void Estimator::follow(Instant now, Duration packet) {
  const Bitrate before = rate_control_.rate();
  std::optional<Bitrate> carried = through();
  const bool anothers = standing_queue_.is_anothers(now);
  Usage usage = anothers ? Usage::kNormal : trendline_.usage();
  if (usage == Usage::kOver && prober_.in_flight()) usage = give_up_probe(now, carried);
  const bool less_is_sent = carried && *carried <= scaled(before, kObeyed);
  if (standing_queue_.update(now, round_trip_.queue() - packet, round_trip_.last(), less_is_sent)) usage = Usage::kOver;
  rate_control_.update(now, {.usage = usage,
                             .acknowledged = carried,
                             .rtt = round_trip_.last(),
                             .queue = anothers ? Duration::zero() : round_trip_.queue(),
                             .contested = standing_queue_.may_be_anothers()});
  if (rate_control_.rate() < before) prober_.retry_after(now + kAfterDecrease);
  const Prober::Finding finding =
      prober_.conclude(now, wanted_, estimate(), {.own_loss = loss_.own_loss(), .is_filled_by_others = anothers});
  if (finding.lost) {
    const bool was_known = loss_.own_loss() > 0;
    loss_.conclude(now, *finding.lost);
    if (loss_.proven())
      prober_.retry_after(now + kAfterFull);
    else if (!was_known)
      prober_.search_again(now);
  }
  if (finding.proven) {
    probed_ = true;
    rate_control_.proven(now, *finding.proven);
    loss_.lift();
    trendline_.restart();
  }
  if (const auto rate = loss_.experiment()) prober_.experiment(now, *rate);
}

// A probe has made a queue. What is to be made of that, and of what gets through.
Usage Estimator::give_up_probe(Instant now, std::optional<Bitrate>& carried) {
  const bool confirming = prober_.confirming();
  prober_.cancel(now);
  trendline_.restart();
  if (!carried) return Usage::kUnder;
  if (!limited()) {  // full for the first time: what gets through is what the link carries
    probed_ = true;
    rate_control_.proven(now, std::max(rate_control_.rate(), scaled(*carried, kFirstFull)));
    return Usage::kUnder;
  }
  if (!confirming) return Usage::kUnder;
  // For so long that it has delayed others too: whoever sent it gives way, by what is sent without it.
  carried = std::min(*carried, rate_control_.rate());
  return Usage::kOver;
}

std::size_t Estimator::padding(Instant now) const {
  switch (by()) {
    case By::kFeedback:
      return prober_.due(now);
    case By::kRemb:
      return std::max(top_up_.due(), told_.loss().due(now));
    case By::kReports:
      return reported_.due(now);
  }
  return 0;
}

void Estimator::padded(Instant now) {
  switch (by()) {
    case By::kFeedback:
      return prober_.tick(now);
    case By::kRemb:
      told_.padded(now);
      return top_up_.padded(now);
    case By::kReports:
      return reported_.padded(now);
  }
}

void Estimator::expire(Instant now) {
  if (by() == By::kRemb) return top_up_.expire(now, wanted_, estimate(), told_.loss().own());
  if (by() == By::kReports) return reported_.expire(now, wanted_);
  if (now >= silence_) {
    rate_control_.back_off(now);
    prober_.cancel(now);
    silence_ = now - last_sent_ < kSilence ? now + kSilenceStep : kNever;
  }
  const bool steady = trendline_.usage() == Usage::kNormal && round_trip_.queue() < kMaxQueueToProbe;
  const bool queue_tells_nothing = stale(now) || standing_queue_.is_anothers(now);
  prober_.expire(now, wanted_, estimate(), steady || queue_tells_nothing);
}

Instant Estimator::deadline() const {
  if (by() == By::kRemb) return std::min(top_up_.deadline(wanted_, estimate()), told_.loss().deadline());
  if (by() == By::kReports) return reported_.deadline(wanted_);
  return std::min(silence_, prober_.deadline(wanted_, estimate()));
}

std::int64_t Estimator::repairs_allowed(Instant now) {
  const std::int64_t left = repairs_.left(now, estimate());
  return limited() ? left : std::numeric_limits<std::int64_t>::max();
}

Patience::Evidence Estimator::evidence(Instant now) const {
  if (by() == By::kRemb) return Patience::Evidence::kLoss;
  if (by() == By::kReports) return reported_.evidence();
  if (stale(now)) return Patience::Evidence::kNone;
  if (round_trip_.queue() > kQueueThatTells && !standing_queue_.is_anothers(now)) return Patience::Evidence::kQueue;
  return loss_.proven() ? Patience::Evidence::kLoss : Patience::Evidence::kNone;
}

bool Estimator::limited() const {
  if (by() == By::kRemb) return told_.limited();
  if (by() == By::kReports) return reported_.limited();
  return rate_control_.last_decrease().has_value() || loss_.proven();
}

Bitrate Estimator::estimate() const {
  if (by() == By::kRemb) return std::max(limits_.min, told_.rate());
  if (by() == By::kReports) return std::max(limits_.min, reported_.rate());
  const Bitrate by_delay = rate_control_.rate();
  return std::max(limits_.min, std::min(by_delay, loss_.bound().value_or(by_delay)));
}

}  // namespace consomme::bwe
