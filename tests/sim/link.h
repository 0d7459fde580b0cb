// One direction of a path: delay, jitter, random loss, and a bottleneck with its queue. Says when a packet arrives, if
// it does. It has no clock: time is handed in, in order.
#pragma once

#include <algorithm>
#include <optional>

#include "base/rng.h"
#include "base/strong.h"
#include "base/time.h"

namespace consomme::sim {

struct LinkConfig {
  Duration delay = 10ms;
  double loss = 0;  // share of packets, each on its own, or in bursts of this mean length
  double burst = 1;
  Duration jitter{};     // up to this is added, without changing the order
  double reordered = 0;  // share of packets that are held up by `reordering`, and overtaken
  Duration reordering = 10ms;
  // A receiving host with other things to do reads nothing for up to `stall`, once in `stall_every` on average.
  Duration stall{};
  Duration stall_every = 1s;
  // The bottleneck. A queue (drop tail) of so much time, or a policer that lets `bucket_bytes` pass and drops.
  std::optional<Bitrate> rate{};
  Duration queue = 300ms;
  std::optional<std::size_t> bucket_bytes{};
};

class Link {
 public:
  Link(const LinkConfig& config, std::uint64_t seed) : config_(config), rng_(seed) {}

  // nullopt: lost. `bytes` matter only where there is a bottleneck.
  std::optional<Instant> arrival(Instant sent, std::size_t bytes = 1200) {
    if (drops_by_chance()) return std::nullopt;
    std::optional<Instant> at = through_bottleneck(sent, bytes);
    if (!at) return std::nullopt;
    *at += config_.delay;
    if (config_.jitter > Duration::zero()) {
      *at += below(config_.jitter);
      last_ = *at = std::max(*at, last_);
    }
    if (config_.stall > Duration::zero()) *at = when_read(*at);
    if (config_.reordered > 0 && rng_.chance(config_.reordered)) *at += config_.reordering;
    return at;
  }
  // How long a packet that comes now waits at the bottleneck.
  Duration backlog(Instant now) const { return std::max(Duration::zero(), free_ - now); }
  LinkConfig& config() { return config_; }

 private:
  // Gilbert's model: in a burst everything is lost.
  bool drops_by_chance() {
    if (config_.loss <= 0) return false;
    if (config_.burst <= 1) return rng_.chance(config_.loss);
    const double leave = 1 / config_.burst;
    const double enter = config_.loss * leave / (1 - config_.loss);
    in_burst_ = in_burst_ ? !rng_.chance(leave) : rng_.chance(enter);
    return in_burst_;
  }

  Duration below(Duration limit) {
    return Duration(static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(limit.count()))));
  }

  Instant when_read(Instant at) {
    while (at >= stall_end_) {
      stall_start_ = std::max(stall_end_, at - config_.stall_every) + below(2 * config_.stall_every);
      stall_end_ = stall_start_ + below(config_.stall);
    }
    return at < stall_start_ ? at : stall_end_;
  }

  std::optional<Instant> through_bottleneck(Instant sent, std::size_t bytes) {
    if (!config_.rate) return sent;
    const double bits_per_second = static_cast<double>(config_.rate->value());
    if (config_.bucket_bytes) {
      const double earned = std::chrono::duration<double>(sent - filled_).count() * bits_per_second / 8;
      tokens_ = std::min(static_cast<double>(*config_.bucket_bytes), tokens_ + earned);
      filled_ = sent;
      if (tokens_ < static_cast<double>(bytes)) return std::nullopt;
      tokens_ -= static_cast<double>(bytes);
      return sent;
    }
    if (free_ - sent > config_.queue) return std::nullopt;
    const auto takes = std::chrono::duration<double>(static_cast<double>(bytes) * 8 / bits_per_second);
    return free_ = std::max(free_, sent) + std::chrono::duration_cast<Duration>(takes);
  }

  LinkConfig config_;
  Rng rng_;
  bool in_burst_ = false;
  Instant free_{};  // when the bottleneck has sent all that it holds
  Instant filled_{};
  Instant last_{};
  Instant stall_start_{};
  Instant stall_end_{};
  double tokens_ = 0;
};

}  // namespace consomme::sim
