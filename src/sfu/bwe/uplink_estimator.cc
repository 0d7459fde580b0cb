#include "sfu/bwe/uplink_estimator.h"

#include <algorithm>
#include <utility>

namespace consomme::bwe {

void UplinkEstimator::receive(Instant now, wire::AbsSendTime sent, std::size_t bytes, Ssrc source) {
  name(source);
  arriving_.add(now, bytes);
  if (now - last_arrival_ > kPause) begin_anew();
  last_arrival_ = now;
  const Instant sent_at = unwrap(sent);
  fastest_ = std::min(fastest_, now - sent_at);
  if (const auto delta = groups_.add(sent_at, now)) trendline_.update(*delta);
  if (deadline_ == kNever) deadline_ = now + kInterval;
  if (now < next_step_) return;
  next_step_ = now + kStep;
  step(now);
  if (told_ && control_.rate() < scaled(*told_, kMuchLess)) deadline_ = now;
}

// Send times wrap, so that after a longer silence nobody knows how often they did.
void UplinkEstimator::begin_anew() {
  last_sent_.reset();
  groups_ = {};
  trendline_.restart();
  way_ = {};
  standing_queue_ = {};
  fastest_ = Duration::max();
}

// What stands in the queue is what even the fastest packet finds there; the others also wait for those before them.
void UplinkEstimator::step(Instant now) {
  const std::optional<Bitrate> arriving = arriving_.rate();
  const Duration packet = arriving && *arriving > Bitrate() ? time_of(kFullPacket, *arriving) : Duration::zero();
  const Duration one_way = std::exchange(fastest_, Duration::max());
  way_.add(now, one_way, one_way, packet);  // nobody tells us of the way back
  const bool stands = standing_queue_.update(now, way_.queue() - packet, kAssumedRtt, false);
  const bool anothers = standing_queue_.is_anothers(now);
  const Usage usage = anothers ? Usage::kNormal : stands ? Usage::kOver : trendline_.usage();
  control_.update(now, {.usage = usage,
                        .acknowledged = arriving,
                        .rtt = kAssumedRtt,
                        .queue = anothers ? Duration::zero() : way_.queue()});
}

void UplinkEstimator::name(Ssrc source) {
  if (std::ranges::find(sources(), source) != sources().end() || source_count_ == kMaxSources) return;
  sources_[source_count_++] = source;
}

// The sender's clock, continued across the wraps of its 24 bits.
Instant UplinkEstimator::unwrap(wire::AbsSendTime sent) {
  constexpr Instant kStart{wire::kAbsSendTimeWrap};
  last_sent_at_ = last_sent_ ? last_sent_at_ + wire::distance(*last_sent_, sent) : kStart;
  last_sent_ = sent;
  return last_sent_at_;
}

std::optional<Bitrate> UplinkEstimator::poll(Instant now) {
  if (now < deadline_) return std::nullopt;
  deadline_ = now + kInterval;
  told_ = control_.rate();
  return told_;
}

}  // namespace consomme::bwe
