// A flow of media under the control of one bandwidth estimator, over a link, in virtual time: no RTP, no SFU, only what
// estimation sees. Several flows may share a link. Advanced in steps of a millisecond by Road.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include "sfu/bwe/allocation.h"
#include "sfu/bwe/estimator.h"
#include "sfu/bwe/transport_feedback.h"
#include "sfu/media/climb.h"
#include "tests/sim/link.h"

namespace consomme::sim {

struct FlowConfig {
  Bitrate max = bwe::kbps(3000);  // what the source fills at most
  // Layers, cumulative: the source sends what allocation gives it, or (none) just what the estimate says.
  std::vector<Bitrate> layers{};
  Duration frame_interval = 33ms;
  Duration feedback_interval = 100ms;
  Instant starts{};
};

class Flow {
 public:
  Flow(const FlowConfig& config, std::uint64_t seed);

  // Emits what is due at `now` onto `down`.
  void step(Instant now, Link& down, Link& up);

  bwe::Estimator& estimator() { return estimator_; }
  // While true no feedback gets through.
  void mute(bool muted) { muted_ = muted; }
  double delivered_bytes() const { return delivered_; }
  double sent_bytes() const { return emitted_; }
  std::optional<std::size_t> layer() const { return layer_; }  // nullopt: paused

 private:
  struct Arrival {
    Instant at;
    SeqNo seq;
    std::size_t bytes;
    bool operator>(const Arrival& other) const { return at > other.at; }
  };
  struct Report {
    Instant at;
    std::vector<std::uint8_t> bytes;
  };

  void send(Instant now, Link& down, std::size_t bytes);
  void send_frame(Instant now, Link& down);
  void receive(Instant now, Link& up);
  Bitrate target(Instant now);

  FlowConfig config_;
  Rng rng_;
  bwe::Estimator estimator_;
  bwe::TransportFeedback receiver_{Ssrc(1)};
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals_;
  std::deque<Report> reports_;
  Instant next_frame_;
  std::vector<bwe::Rung> ladder_;
  bwe::Demand demand_;
  media::Climb climb_;
  bwe::Patience patience_;
  std::optional<std::size_t> layer_;
  bool muted_ = false;
  double delivered_ = 0;
  double emitted_ = 0;
};

}  // namespace consomme::sim
