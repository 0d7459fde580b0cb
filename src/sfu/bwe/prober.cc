#include "sfu/bwe/prober.h"

#include <algorithm>

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
    next_ = now + kInterval / 2;
    return;
  }
  begin(now, std::min(scaled(wanted.all, kHeadroom), scaled(estimate, kStep)), false);
}

void Prober::begin(Instant now, Bitrate target, bool confirming) {
  last_id_ = static_cast<ClusterId>(last_id_ == 0xffff ? 1 : last_id_ + 1);
  ProbeCluster::Plan plan{.id = last_id_, .target = target, .span = kShort, .min_packets = kMinPackets};
  if (confirming) {
    plan.span = kLong;
    plan.skip = kLongSkip;
  }
  cluster_.emplace(now, plan);
  sending_ = true;
  confirming_ = confirming;
  give_up_ = kNever;
  next_ = now + kInterval;
}

void Prober::cancel(Instant now) {
  if (cluster_) next_ = now + kInterval;
  cluster_.reset();
  sending_ = false;
  give_up_ = kNever;
}

void Prober::tick(Instant now) {
  if (sending_) cluster_->tick(now);
}

std::optional<Bitrate> Prober::conclude(Instant now, const Wanted& wanted, Bitrate estimate) {
  if (!cluster_ || sending_ || !cluster_->all_told()) return std::nullopt;
  const std::optional<Bitrate> measured = cluster_->measured();
  const Bitrate target = cluster_->plan().target;
  const bool confirmed = confirming_;
  cluster_.reset();
  give_up_ = kNever;
  if (!measured || *measured < std::max(wanted.next, scaled(estimate, kWorthwhile))) return std::nullopt;
  if (!confirmed) {
    begin(now, std::min(*measured, target), true);
    return std::nullopt;
  }
  next_ = now;  // that went well: if more is of use, on with it
  return scaled(std::min(*measured, target), kCaution);
}

Instant Prober::deadline(const Wanted& wanted, Bitrate estimate) const {
  if (sending_) return cluster_->next();
  if (cluster_) return give_up_;
  return of_use(wanted, estimate) ? next_ : kNever;
}

}  // namespace consomme::bwe
