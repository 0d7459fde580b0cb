// What a browser without transport-wide feedback makes of its link down, and tells as REMB. Interop: as in Chromium's
// libwebrtc (remote_bitrate_estimator_abs_send_time) it heeds whether a queue grows, and not one that only stands,
// which ours does (bwe/uplink_estimator.h). Driven by the client like that one.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "sfu/bwe/acknowledged_rate.h"
#include "sfu/bwe/arrival_groups.h"
#include "sfu/bwe/bitrate.h"
#include "sfu/bwe/rate_control.h"
#include "sfu/bwe/trendline.h"
#include "sfu/wire/extension_values.h"

namespace consomme::sim {

class RemoteEstimate {
 public:
  void receive(Instant now, wire::AbsSendTime sent, std::size_t bytes, Ssrc source) {
    if (std::ranges::find(sources_, source) == sources_.end()) sources_.push_back(source);
    arriving_.add(now, bytes);
    if (last_sent_) sent_at_ += wire::distance(*last_sent_, sent);
    last_sent_ = sent;
    if (const auto delta = groups_.add(sent_at_, now)) trendline_.update(*delta);
    if (deadline_ == kNever) deadline_ = now + kInterval;
    if (now < next_step_) return;
    next_step_ = now + kStep;
    control_.update(now,
                    {.usage = trendline_.usage(), .acknowledged = arriving_.rate(), .rtt = kAssumedRtt, .queue = {}});
    if (told_ && control_.rate() < bwe::scaled(*told_, kMuchLess)) deadline_ = now;
  }
  Instant deadline() const { return deadline_; }
  std::optional<Bitrate> poll(Instant now) {
    if (now < deadline_) return std::nullopt;
    deadline_ = now + kInterval;
    told_ = control_.rate();
    return told_;
  }
  std::span<const Ssrc> sources() const { return sources_; }

 private:
  static constexpr Duration kInterval = 1s;
  static constexpr Duration kStep = 100ms;
  static constexpr Duration kAssumedRtt = 200ms;
  static constexpr double kMuchLess = 0.97;

  bwe::ArrivalGroups groups_;
  bwe::Trendline trendline_;
  bwe::AcknowledgedRate arriving_;
  bwe::RateControl control_{{.start = bwe::kbps(600), .min = bwe::kbps(30), .max = bwe::kbps(200'000)}};
  std::optional<wire::AbsSendTime> last_sent_;
  Instant sent_at_{wire::kAbsSendTimeWrap};
  Instant next_step_{};
  std::optional<Bitrate> told_;
  Instant deadline_ = kNever;
  std::vector<Ssrc> sources_;
};

}  // namespace consomme::sim
