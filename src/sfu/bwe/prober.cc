#include "sfu/bwe/prober.h"

#include <algorithm>
#include <utility>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

// A measurement is a little too good as often as too bad.
constexpr double kCaution = 0.95;

bool of_use(const Wanted& wanted, Bitrate estimate) {
  return wanted.all > estimate;
}

}  // namespace

void Prober::expire(Instant now, const Wanted& wanted, Bitrate estimate, bool steady) {
  if (sending_ && (cluster_->complete(now) || cluster_->overdue(now))) {
    sending_ = false;
    give_up_ = now + kPatience;
  }
  if (cluster_ && now >= give_up_) cancel(now);
  if (cluster_ || now < next_ || !of_use(wanted, estimate)) return;
  if (!steady) {
    next_ = now + interval_ / 2;
    return;
  }
  // What is paused may want many times an estimate that has fallen with it.
  const Bitrate target = std::max(scaled(estimate, kStep), scaled(wanted.next, kHeadroom));
  begin(now, std::min(scaled(wanted.all, kHeadroom), target), Kind::kShort);
}

void Prober::experiment(Instant now, Bitrate rate) {
  if (!cluster_) begin(now, rate, Kind::kExperiment);
}

void Prober::begin(Instant now, Bitrate target, Kind kind) {
  // What is judged of a short one are moments, of a long one the rate, of an experiment the share that is lost.
  struct Shape {
    Duration span;
    int min_packets;
    Duration skip;
  };
  static constexpr Shape kShapes[] = {
      {kShort, kMinPackets, {}}, {kLong, kMinPackets, kLongSkip}, {kLong, kMinToCount, {}}};
  const Shape& shape = kShapes[static_cast<std::size_t>(kind)];
  last_id_ = static_cast<ClusterId>(last_id_ == 0xffff ? 1 : last_id_ + 1);
  cluster_.emplace(
      now,
      ProbeCluster::Plan{
          .id = last_id_, .target = target, .span = shape.span, .min_packets = shape.min_packets, .skip = shape.skip});
  sending_ = true;
  kind_ = kind;
  give_up_ = kNever;
  next_ = now + interval_;
}

void Prober::cancel(Instant now) {
  if (!cluster_) return;
  next_ = now + interval_;
  if (kind_ == Kind::kExperiment && now < give_up_) {
    if (std::exchange(sending_, false)) give_up_ = now + kPatience;
    return;
  }
  cluster_.reset();
  sending_ = false;
  give_up_ = kNever;
}

void Prober::tick(Instant now) {
  if (sending_) cluster_->tick(now);
}

Prober::Finding Prober::conclude(Instant now, const Wanted& wanted, Bitrate estimate, double own_loss) {
  if (!cluster_ || sending_ || !cluster_->all_told()) return {};
  const ProbeCluster cluster = *cluster_;
  cluster_.reset();
  give_up_ = kNever;
  if (kind_ == Kind::kExperiment) return {.proven = {}, .lost = cluster.lost()};
  const std::optional<Bitrate> measured = cluster.measured(own_loss);
  if (!measured || *measured < std::max(wanted.next, scaled(estimate, kWorthwhile))) {
    if (kind_ == Kind::kConfirming) interval_ = std::min(2 * interval_, kMaxInterval);
    return {};
  }
  const Bitrate through = std::min(*measured, cluster.plan().target);
  if (kind_ == Kind::kShort) {
    begin(now, through, Kind::kConfirming);
    return {};
  }
  interval_ = kInterval;
  next_ = now;  // that went well: if more is of use, on with it
  return {.proven = scaled(through, kCaution), .lost = {}};
}

Instant Prober::deadline(const Wanted& wanted, Bitrate estimate) const {
  if (sending_) return cluster_->next();
  if (cluster_) return give_up_;
  return of_use(wanted, estimate) ? next_ : kNever;
}

}  // namespace consomme::bwe
