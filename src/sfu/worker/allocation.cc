#include "sfu/worker/allocation.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::worker {
namespace {

using bwe::operator+;  // NOLINT(misc-unused-using-decls): that check does not see operators at work

// What retransmissions of lost packets take, of the rate that loses them.
constexpr double kMaxRepair = 0.5;

// What sound may take of the bandwidth, to be said twice where it gets lost. The rest is for what is to be seen; and
// where there is less, it may be the link that is full, and would lose more.
constexpr double kShareOfRepeatedSound = 0.5;

// Of a source that has only just begun, what every link may be asked to bear.
constexpr media::Layer kBeforeRates{0, media::kHighestLayer.temporal};

bool above(const router::Rung& rung, const media::Layer& preferred) {
  return rung.layer.spatial > preferred.spatial ||
         (rung.layer.spatial == preferred.spatial && rung.layer.temporal > preferred.temporal);
}

// A better picture that moves a quarter as often is no better: one a size smaller with all its pictures is cheaper, and
// looks smoother. `rungs`: from that layer on, those of a size next to each other.
bool moves_too_seldom(std::span<const router::Rung> rungs) {
  const media::Layer& layer = rungs.front().layer;
  const media::Layer four_times_as_often{layer.spatial, static_cast<std::uint8_t>(layer.temporal + 2)};
  return layer.spatial > 0 && rungs.size() > 2 && rungs[2].layer == four_times_as_often;
}

// The rung that a consumer has: the one of its layer, or the best below, since a source's layers come and go.
std::optional<std::size_t> rung_of(std::span<const bwe::Rung> ladder, std::optional<media::Layer> layer) {
  if (!layer || ladder.empty()) return std::nullopt;
  const auto is_above = [&](const bwe::Rung& r) { return media::Layer{r.spatial, r.temporal} > *layer; };
  const auto first_above = std::ranges::find_if(ladder, is_above);
  return first_above == ladder.begin() ? 0 : static_cast<std::size_t>(first_above - ladder.begin()) - 1;
}

// Whether it loses a spatial layer that it could have gone on to have. What its client no longer wants, or its source
// no longer sends, says nothing against the link.
bool short_of_bandwidth(const bwe::Demand& demand, std::optional<std::size_t> rung) {
  if (!demand.current) return false;
  return !rung || demand.ladder[*rung].spatial < demand.ladder[*demand.current].spatial;
}

}  // namespace

std::span<router::Consumer* const> LayerAllocation::run(Instant now, Peer& peer, const router::Consumer* joining) {
  changed_.clear();
  bwe::Estimator& estimator = peer.transport.estimator();
  const Bitrate reserved = gather(now, peer, joining);
  describe();
  const Bitrate in_use = reserved + used();
  const double after_repair = 1 - std::min(kMaxRepair, estimator.own_loss());
  const Bitrate estimate = bwe::scaled(estimator.estimate(), after_repair);
  const bwe::Patience::Evidence evidence = estimator.evidence(now);
  const Bitrate believed = peer.patience.apply(now, estimate, in_use, evidence);
  const bool in_vain = peer.patience.should_have_drained(now);
  const bool queue_stands = in_vain && evidence == bwe::Patience::Evidence::kQueue;
  const Bitrate carried = queue_stands ? Bitrate() : estimator.carried(now);
  const bwe::Budget budget{.estimate = believed,
                           .carried = bwe::scaled(carried, after_repair),
                           .arriving = estimator.arriving(now),
                           .reserved = reserved,
                           .is_known = estimator.limited(),
                           .is_lasting = peer.patience.is_over(now),
                           .is_whole = estimator.loses_nothing(),
                           .is_full = in_vain && evidence != bwe::Patience::Evidence::kNone};
  for (std::size_t i = 0; i < parts_.size(); ++i)
    demands_[i].may_rise = parts_[i].consumer->share.climb.may_rise(now, believed);
  bwe::allocate(budget, demands_, share_);
  estimator.set_wanted({.next = bwe::scaled(share_.wanted.next, 1 / after_repair),
                        .all = bwe::scaled(share_.wanted.all, 1 / after_repair)});
  const bool informed = estimator.informed();
  if (apply(now, believed, informed) && informed) peer.patience.bear_burst(now, believed);
  return changed_;
}

// Returns what sound takes.
Bitrate LayerAllocation::gather(Instant now, Peer& peer, const router::Consumer* joining) {
  parts_.clear();
  rungs_.clear();
  lossy_.clear();
  Bitrate sound{};
  for (router::Consumer* const consumer : peer.consumers) {
    if (consumer->holds != 0 && consumer != joining) continue;
    if (consumer->producer->video) {
      add_video(now, *consumer);
      continue;
    }
    media::InboundStream& source = consumer->producer->encodings.front();
    sound = sound + source.bitrate(now);
    if (!source.config().red) continue;
    consumer->stream.set_redundant(false);
    if (consumer->quality.loses(now) && consumer->stream.header().red && !source.comes_redundant())
      lossy_.push_back(consumer);
  }
  return sound + repeat_lost_sound(now, peer, sound);
}

// Returns what that takes. What is to be seen comes first: beside a video only where it is known to fit.
Bitrate LayerAllocation::repeat_lost_sound(Instant now, Peer& peer, Bitrate sound) {
  if (lossy_.empty()) return {};
  Bitrate again{};
  std::optional<Duration> round_trip;
  for (router::Consumer* const consumer : lossy_) {
    again = again + consumer->producer->encodings.front().bitrate(now);
    round_trip = std::max(round_trip, consumer->stream.remote_report()->rtt());
  }
  const bool fits = sound + again <= bwe::scaled(peer.transport.estimator().estimate(), kShareOfRepeatedSound);
  if (!fits && (!parts_.empty() || !peer.repetition.may_go_on(now, round_trip))) return {};
  for (router::Consumer* const consumer : lossy_) consumer->stream.set_redundant(true);
  return again;
}

void LayerAllocation::add_video(Instant now, router::Consumer& consumer) {
  const std::span<const router::Rung> all = router_->ladder(now, *consumer.producer);
  const auto unwanted = [&](const router::Rung& rung) {
    return &rung != all.data() && above(rung, consumer.share.preferred);
  };
  const auto ladder = all.first(static_cast<std::size_t>(std::ranges::find_if(all, unwanted) - all.begin()));
  const std::size_t first = rungs_.size();
  for (std::size_t i = 0; i < ladder.size(); ++i)
    if (i == 0 || !moves_too_seldom(ladder.subspan(i)))
      rungs_.push_back({ladder[i].layer.spatial, ladder[i].layer.temporal, ladder[i].rate, ladder[i].peak});
  parts_.push_back({.consumer = &consumer, .first = first, .count = rungs_.size() - first});
}

void LayerAllocation::describe() {
  demands_.clear();
  for (const Part& part : parts_) {
    const router::BandwidthShare& share = part.consumer->share;
    const auto ladder = std::span<const bwe::Rung>(rungs_).subspan(part.first, part.count);
    demands_.push_back({.ladder = ladder, .priority = share.priority, .current = rung_of(ladder, share.layer)});
  }
}

Bitrate LayerAllocation::used() const {
  Bitrate sum{};
  for (const bwe::Demand& demand : demands_)
    if (demand.current) sum = sum + demand.ladder[*demand.current].rate;
  return sum;
}

bool LayerAllocation::apply(Instant now, Bitrate believed, bool informed) {
  bool raised = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    router::Consumer& consumer = *parts_[i].consumer;
    if (demands_[i].ladder.empty()) {
      if (!consumer.share.layer) consumer.stream.set_limit(kBeforeRates);
      continue;
    }
    std::optional<media::Layer> layer;
    if (share_.rungs[i]) {
      const bwe::Rung& rung = demands_[i].ladder[*share_.rungs[i]];
      layer = media::Layer{rung.spatial, rung.temporal};
    }
    consumer.stream.set_limit(layer);
    router::BandwidthShare& had = consumer.share;
    had.is_refused = !layer;
    if (layer == had.layer) continue;
    if (short_of_bandwidth(demands_[i], share_.rungs[i])) {
      had.climb.lowered(now, !layer, believed);
    } else if (layer && (!had.layer || layer->spatial > had.layer->spatial)) {
      had.climb.raised(now, informed ? std::optional(believed) : std::nullopt);
      raised = true;
    }
    had.layer = layer;
    changed_.push_back(&consumer);
  }
  return raised;
}

}  // namespace consomme::worker
