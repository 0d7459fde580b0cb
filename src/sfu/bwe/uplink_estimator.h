// The bandwidth from a sender that has not negotiated transport-wide feedback, estimated at its receiver: by the send
// times that its packets carry (abs-send-time), and told to it as REMB (draft-alvestrand-rmcat-remb-03). Driven by the
// transport: receive() per packet that carries a send time, poll() when deadline() has come.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/acknowledged_rate.h"
#include "sfu/bwe/arrival_groups.h"
#include "sfu/bwe/bitrate.h"
#include "sfu/bwe/rate_control.h"
#include "sfu/bwe/round_trip.h"
#include "sfu/bwe/standing_queue.h"
#include "sfu/bwe/trendline.h"
#include "sfu/wire/extension_values.h"

namespace consomme::bwe {

class UplinkEstimator {
 public:
  static constexpr RateControl::Limits kLimits{.start = kbps(600), .min = kbps(30), .max = kbps(200'000)};
  static constexpr Duration kInterval = 1s;

  void receive(Instant now, wire::AbsSendTime sent, std::size_t bytes, Ssrc source);

  Instant deadline() const { return deadline_; }
  // What to tell the sender; nullopt: it is not time yet.
  std::optional<Bitrate> poll(Instant now);
  // Whose bandwidth that is.
  std::span<const Ssrc> sources() const { return std::span(sources_).first(source_count_); }

 private:
  static constexpr Duration kStep = 100ms;        // between two steps of rate control
  static constexpr Duration kAssumedRtt = 200ms;  // nobody tells us
  static constexpr double kMuchLess = 0.97;       // a lower estimate than that is told at once
  static constexpr Duration kPause = 10s;         // of the sender; what it finds behind it is seen anew
  static constexpr double kFullPacket = 1200;     // bytes

  static constexpr std::size_t kMaxSources = 16;  // named in a REMB; it counts for all the sender's streams anyway

  Instant unwrap(wire::AbsSendTime sent);
  void begin_anew();
  void step(Instant now);
  void name(Ssrc source);

  ArrivalGroups groups_;
  Trendline trendline_;
  AcknowledgedRate arriving_;
  RoundTrip way_;  // here only, between two clocks
  StandingQueue standing_queue_;
  Duration fastest_ = Duration::max();  // since the last step
  Instant last_arrival_{};
  RateControl control_{kLimits};
  std::optional<wire::AbsSendTime> last_sent_;
  Instant last_sent_at_{};
  Instant next_step_{};
  std::optional<Bitrate> told_;
  Instant deadline_ = kNever;
  std::array<Ssrc, kMaxSources> sources_{};
  std::size_t source_count_ = 0;
};

}  // namespace consomme::bwe
