#include "sfu/bwe/uplink_estimator.h"

#include <algorithm>

namespace consomme::bwe {

void UplinkEstimator::receive(Instant now, wire::AbsSendTime sent, std::size_t bytes, Ssrc source) {
  name(source);
  arriving_.add(now, bytes);
  if (const auto delta = groups_.add(unwrap(sent), now)) trendline_.update(*delta);
  if (deadline_ == kNever) deadline_ = now + kInterval;
  if (now < next_step_) return;
  next_step_ = now + kStep;
  control_.update(now,
                  {.usage = trendline_.usage(), .acknowledged = arriving_.rate(), .rtt = kAssumedRtt, .queue = {}});
  if (told_ && control_.rate() < scaled(*told_, kMuchLess)) deadline_ = now;
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
