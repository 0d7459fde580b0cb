#include "tests/sim/flow.h"

#include <algorithm>
#include <array>

#include "sfu/wire/rtcp.h"

namespace consomme::sim {
namespace {

constexpr std::size_t kPacket = 1200;

}  // namespace

Flow::Flow(const FlowConfig& config, std::uint64_t seed) : config_(config), rng_(seed), next_frame_(config.starts) {
  estimator_.set_wanted({.next = {}, .all = config.max});
  for (const Bitrate layer : config.layers) ladder_.push_back({static_cast<std::uint8_t>(ladder_.size()), 0, layer});
  demand_.ladder = ladder_;
}

void Flow::step(Instant now, Link& down, Link& up) {
  receive(now, up);
  estimator_.expire(now);
  if (now < config_.starts) return;
  while (now >= next_frame_) {
    send_frame(now, down);
    next_frame_ += config_.frame_interval;
  }
  if (now < estimator_.deadline()) return;
  for (std::size_t due = estimator_.padding(now); due > 0; due -= std::min(due, kPacket))
    send(now, down, std::min(due + 40, kPacket));
  estimator_.padded(now);
}

Bitrate Flow::target(Instant now) {
  const Bitrate estimate = estimator_.estimate();
  if (ladder_.empty()) return std::min(estimate, config_.max);
  const Bitrate used = demand_.current ? ladder_[*demand_.current].rate : Bitrate();
  bwe::Share share;
  const Bitrate believed = patience_.apply(now, estimate, used, estimator_.evidence(now));
  demand_.may_rise = climb_.may_rise(now, believed);
  bwe::allocate({.estimate = believed,
                 .carried = {},
                 .reserved = {},
                 .is_known = estimator_.limited(),
                 .is_lasting = patience_.is_over(now)},
                {&demand_, 1}, share);
  estimator_.set_wanted(share.wanted);
  if (share.rungs[0] < demand_.current) climb_.lowered(now, !share.rungs[0], believed);
  if (share.rungs[0] > demand_.current) climb_.raised(now, believed);
  demand_.current = share.rungs[0];
  layer_ = demand_.current;
  return layer_ ? ladder_[*layer_].rate : Bitrate();
}

// Frames vary by a quarter around their mean, as an encoder's do.
void Flow::send_frame(Instant now, Link& down) {
  double left = bwe::bytes_in(target(now), config_.frame_interval) * (0.75 + 0.5 * rng_.unit());
  if (left <= 0) return;
  const auto packets = static_cast<int>(left / kPacket) + 1;
  for (int i = 0; i < packets; ++i) send(now, down, static_cast<std::size_t>(left / packets));
}

void Flow::send(Instant now, Link& down, std::size_t bytes) {
  const SeqNo seq = estimator_.next_seq();
  estimator_.sent(now, bytes);
  emitted_ += static_cast<double>(bytes);
  if (const auto at = down.arrival(now, bytes)) arrivals_.push({*at, seq, bytes});
}

void Flow::receive(Instant now, Link& up) {
  while (!arrivals_.empty() && arrivals_.top().at <= now) {
    receiver_.receive(arrivals_.top().at, arrivals_.top().seq, Ssrc(2));
    delivered_ += static_cast<double>(arrivals_.top().bytes);
    arrivals_.pop();
  }
  std::array<std::uint8_t, 1200> bytes;
  for (ByteWriter writer(bytes); receiver_.poll(now, writer); writer = ByteWriter(bytes)) {
    const ByteView report = writer.written();
    if (const auto at = up.arrival(now, report.size()); at && !muted_)
      reports_.push_back({*at, {report.begin(), report.end()}});
  }
  for (; !reports_.empty() && reports_.front().at <= now; reports_.pop_front()) {
    wire::RtcpReader reader(reports_.front().bytes);
    while (const auto packet = reader.next())
      if (const auto feedback = wire::parse_twcc(*packet)) estimator_.receive(now, *feedback);
  }
}

}  // namespace consomme::sim
