#include "sfu/bwe/allocation.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

// Of a rate, what two measurements of it agree on.
constexpr double kCounted = 0.95;

// The same of a base alone of which nothing is lost: of seven and a half pictures a second three or four arrive in half
// a second, and seven or eight are sent in a whole one.
constexpr double kCountedAlone = 0.7;

// Of what gets through a full link, what does so without a queue.
constexpr double kEased = 0.9;

// The most important first; among equals, in the order given.
void order_by_priority(std::span<const Demand> demands, std::vector<std::size_t>& order) {
  order.resize(demands.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(demands[b].priority, a) < std::pair(demands[a].priority, b);
  });
}

// Those at the front of `order` that are as important as the first.
std::span<const std::size_t> with_first_priority(std::span<const Demand> demands, std::span<const std::size_t> order) {
  const std::uint8_t priority = demands[order.front()].priority;
  const auto is_less = [&](std::size_t i) { return demands[i].priority < priority; };
  return order.first(static_cast<std::size_t>(std::ranges::find_if(order, is_less) - order.begin()));
}

Bitrate rate_at(const Demand& demand, std::optional<std::size_t> rung) {
  return rung ? demand.ladder[*rung].rate : Bitrate(0);
}

bool is_had(const Demand& demand, std::size_t rung) {
  return demand.current && rung <= *demand.current;
}

// Whether the demand may go to this rung now, if there is room.
bool may_take(const Demand& demand, std::size_t rung) {
  if (demand.may_rise || is_had(demand, rung)) return true;
  return demand.current && demand.ladder[*demand.current].spatial == demand.ladder[rung].spatial;
}

// What is asked for a rung on top of its rate before it is taken.
double margin(const Demand& demand, std::size_t rung) {
  if (!demand.current) return kUpgradeMargin;
  if (is_had(demand, rung)) return 1;
  const bool same_size = demand.ladder[rung].spatial == demand.ladder[*demand.current].spatial;
  return same_size ? kUpgradeMargin : kSizeMargin;
}

// What the rung takes of the budget.
Bitrate price(const Demand& demand, std::size_t rung) {
  const auto& [spatial, temporal, rate, peak] = demand.ladder[rung];
  return is_had(demand, rung) ? rate : scaled(std::max(rate, peak), margin(demand, rung));
}

// The worst rung of the spatial layer that it has.
std::size_t least_of_size(const Demand& demand) {
  const std::uint8_t spatial = demand.ladder[*demand.current].spatial;
  return static_cast<std::size_t>(std::ranges::find(demand.ladder, spatial, &Rung::spatial) - demand.ladder.begin());
}

class Sharing {
 public:
  Sharing(const Budget& budget, std::span<const Demand> demands, std::vector<std::optional<std::size_t>>& rungs)
      : budget_(budget), demands_(demands), rungs_(rungs), left_(budget.estimate - budget.reserved) {}

  void give_bases(std::span<const std::size_t> order) {
    Bitrate given = budget_.reserved;
    for (const std::size_t i : order) {
      if (demands_[i].ladder.empty()) continue;
      const bool alone = given_ == Bitrate();
      const double counted = alone && budget_.is_whole ? kCountedAlone : kCounted;
      given = given + scaled(demands_[i].ladder.front().rate, counted);
      const bool had = demands_[i].current.has_value();
      const bool spared = !budget_.is_known || (had && (!budget_.is_lasting || given <= borne()));
      if (spared || (fits(i, 0) && may_take(demands_[i], 0))) take(i, 0);
    }
  }

  // A queue that a key picture has made is gone by the time that another size has come: it is drained by fewer
  // pictures.
  void keep_sizes(std::span<const std::size_t> order) {
    const Bitrate more = std::max(Bitrate(), budget_.carried - budget_.estimate);
    for (const std::size_t i : order) {
      if (!rungs_[i] || !demands_[i].current) continue;
      const std::size_t least = least_of_size(demands_[i]);
      if (least > *rungs_[i] && cost(i, least) <= left_ + more) take(i, least);
    }
  }

  // In turn: who has kept his size, and so begins above others, waits until they have come as far.
  void raise(std::span<const std::size_t> order) {
    const std::size_t longest = longest_ladder(order);
    for (std::size_t rung = 1; rung < longest; ++rung)
      for (const std::size_t i : order)
        if (may_go_on_to(i, rung) && fits(i, rung)) take(i, rung);
  }

  // In terms of the estimate: what would let the next of all steps be taken, and the last.
  Wanted wanted() const {
    Bitrate used = budget_.reserved;
    Bitrate all = budget_.reserved;
    std::optional<Bitrate> step;
    for (std::size_t i = 0; i < demands_.size(); ++i) {
      const Demand& demand = demands_[i];
      if (demand.ladder.empty()) continue;
      used = used + rate_at(demand, rungs_[i]);
      all = all + scaled(demand.ladder.back().rate, kSizeMargin);
      const std::size_t next = rungs_[i] ? *rungs_[i] + 1 : 0;
      if (next >= demand.ladder.size()) continue;
      const Bitrate more = cost(i, next);
      if (!step || more < *step) step = more;
    }
    if (!step) return {};
    return {.next = used + *step, .all = all};
  }

 private:
  // A base alone is kept as long as it arrives: what else fills the link is another's, or cannot be helped.
  Bitrate borne() const {
    return budget_.is_full && given_ > Bitrate() ? scaled(budget_.arriving, kEased) : budget_.arriving;
  }
  bool may_go_on_to(std::size_t i, std::size_t rung) const {
    return rungs_[i] && *rungs_[i] < rung && rung < demands_[i].ladder.size() && may_take(demands_[i], rung);
  }
  std::size_t longest_ladder(std::span<const std::size_t> order) const {
    std::size_t longest = 0;
    for (const std::size_t i : order) longest = std::max(longest, demands_[i].ladder.size());
    return longest;
  }
  Bitrate cost(std::size_t i, std::size_t rung) const {
    const Bitrate had = rate_at(demands_[i], rungs_[i]);
    const Bitrate beside = is_had(demands_[i], rung) ? Bitrate() : scaled(given_ - had, kBeside);
    return price(demands_[i], rung) + beside - had;
  }
  bool fits(std::size_t i, std::size_t rung) const { return cost(i, rung) <= left_; }
  void take(std::size_t i, std::size_t rung) {
    const Bitrate more = demands_[i].ladder[rung].rate - rate_at(demands_[i], rungs_[i]);
    left_ = left_ - more;
    given_ = given_ + more;
    rungs_[i] = rung;
  }

  const Budget& budget_;
  std::span<const Demand> demands_;
  std::vector<std::optional<std::size_t>>& rungs_;
  Bitrate left_;
  Bitrate given_{};
};

}  // namespace

void allocate(const Budget& budget, std::span<const Demand> demands, Share& share) {
  order_by_priority(demands, share.order);
  share.rungs.assign(demands.size(), std::nullopt);
  Sharing sharing(budget, demands, share.rungs);
  sharing.give_bases(share.order);
  sharing.keep_sizes(share.order);
  for (auto rest = std::span<const std::size_t>(share.order); !rest.empty();) {
    const auto equals = with_first_priority(demands, rest);
    sharing.raise(equals);
    rest = rest.subspan(equals.size());
  }
  share.wanted = sharing.wanted();
}

Bitrate Patience::apply(Instant now, Bitrate estimate, Bitrate used, Evidence evidence) {
  if (estimate >= used) {
    below_since_.reset();
    return estimate;
  }
  const bool deep = estimate < scaled(used, kDip);
  const bool is_borne = is_over(now) && !deep && evidence == Evidence::kNone;
  if (!below_since_ || is_borne) below_since_ = now;
  if (now < burst_until_) return std::max(estimate, std::min(used, held_));
  if (deep && evidence == Evidence::kQueue) return estimate;
  return is_over(now) ? estimate : used;
}

}  // namespace consomme::bwe
