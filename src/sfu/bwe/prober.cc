#include "sfu/bwe/prober.h"

#include <algorithm>
#include <utility>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {
namespace {

// Less takes a few kilobytes to confirm, which no token bucket is made for, and may be all that a video needs to go on.
constexpr Bitrate kNarrow = kbps(200);

// A measurement is a little too good as often as too bad: what it confirms is a little less.
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
  const bool careful = search_ == Kind::kCareful;
  const Bitrate next = scaled(wanted.next, kHeadroom);
  const bool next_only = aims_low_ && wanted.next > estimate;
  const Bitrate reach = next_only ? next : std::max(scaled(estimate, careful ? kCarefulStep : kBoldStep), next);
  const Bitrate target = std::min(scaled(wanted.all, kHeadroom), reach);
  begin(now, target, estimate, careful ? careful_span(target, estimate) : kBoldSpan, search_);
}

// One that aims high is shorter, so that it makes no longer a queue.
Duration Prober::careful_span(Bitrate target, Bitrate estimate) {
  const double usual = static_cast<double>(estimate.value()) * (kCarefulStep - 1);
  const double excess = static_cast<double>((target - estimate).value());
  if (excess <= usual) return kCarefulSpan;
  return std::max(kBoldSpan, std::chrono::duration_cast<Duration>(kCarefulSpan * (usual / excess)));
}

// A search that failed and made a shorter queue than this has hardly delayed anybody, nor will another.
Duration Prober::harmless(Kind kind) {
  if (kind == Kind::kBold) return kHarmlessBoldly;
  return kind == Kind::kCareful ? kHarmless : Duration::zero();
}

void Prober::experiment(Instant now, Bitrate rate) {
  if (!cluster_) begin(now, rate, rate, kLongSpan, Kind::kExperiment);
}

void Prober::begin(Instant now, Bitrate target, Bitrate estimate, Duration span, Kind kind) {
  last_id_ = static_cast<ClusterId>(last_id_ == 0xffff ? 1 : last_id_ + 1);
  cluster_.emplace(now, ProbeCluster::Plan{.id = last_id_,
                                           .target = target,
                                           .believed = estimate,
                                           .span = span,
                                           .min_packets = kind == Kind::kExperiment ? kMinToCount : kMinPackets,
                                           .skip = kind == Kind::kConfirming ? kLongSkip : Duration::zero()});
  sending_ = true;
  kind_ = kind;
  give_up_ = kNever;
  if (kind != Kind::kExperiment) next_ = now + interval_;
}

void Prober::cancel(Instant now) {
  if (!cluster_) return;
  next_ = now + (search_ == Kind::kBold ? kAfterBoldness : interval_);
  if (kind_ == Kind::kExperiment && now < give_up_) {
    if (std::exchange(sending_, false)) give_up_ = now + kPatience;
    return;
  }
  cluster_.reset();
  sending_ = false;
  give_up_ = kNever;
  search_carefully();
}

// What lies well beyond the next step has failed: then just that step is tried, and the next time more again.
void Prober::search_carefully() {
  aims_low_ = search_ == Kind::kCareful && !aims_low_;
  search_ = Kind::kCareful;
}

void Prober::tick(Instant now) {
  if (sending_) cluster_->tick(now);
}

Prober::Finding Prober::conclude(Instant now, const Wanted& wanted, Bitrate estimate, const Link& link) {
  if (!cluster_ || sending_ || !cluster_->all_told()) return {};
  const ProbeCluster cluster = *cluster_;
  cluster_.reset();
  give_up_ = kNever;
  if (kind_ == Kind::kExperiment) return {.proven = {}, .lost = cluster.lost()};
  const std::optional<Bitrate> measured = cluster.measured(link.own_loss);
  const Bitrate target = cluster.plan().target;
  const bool kept_up = measured && *measured >= scaled(target, kKeptUp);
  // What it lost may be the link's own, of which too little is known yet.
  const Bitrate but_for_loss = std::min(target, cluster.but_for_loss().value_or(Bitrate()));
  const bool confirming = kind_ == Kind::kConfirming;
  if (!measured || !is_enough(*measured, kept_up, wanted, estimate, link)) {
    const bool may_keep_up = search_ == Kind::kBold && but_for_loss >= scaled(target, kKeptUp);
    if (kept_up || may_keep_up || (!measured && !cluster.overflowed(link.own_loss)))
      try_again(now);
    else if (measured && cluster.queue_made(*measured) < harmless(kind_))
      try_with_care(now);
    else
      put_off(now, confirming && target >= kNarrow ? kMaxConfirmingInterval : kMaxSearchInterval);
    return {};
  }
  const Bitrate through = kept_up ? but_for_loss : *measured;
  if (!confirming || (!kept_up && search_ == Kind::kBold)) {
    begin(now, scaled(through, kCaution), estimate, kLongSpan, Kind::kConfirming);
    return {};
  }
  if (!kept_up) {  // on a full link more comes only by pushing aside what others send
    put_off(now, kMaxSearchInterval);
    return {};
  }
  interval_ = kInterval;
  care_interval_ = kCareInterval;
  tried_again_ = false;
  next_ = now;  // that went well: if more is of use, on with it
  return {.proven = through, .lost = {}};
}

// Of a link that keeps up, less than is wanted next shows as much as was asked of it; of one of which nothing is known,
// all that is more is worth to be confirmed. A full link passes on some of what is more too, by pushing aside what
// others send: to who has the share s of it 1.5 / (1 + s / 2) times as much (kCarefulStep). That is taken by those who
// have little, so that they come to as much as the others.
bool Prober::is_enough(Bitrate measured, bool kept_up, const Wanted& wanted, Bitrate estimate, const Link& link) const {
  if ((kept_up || search_ == Kind::kBold) && measured >= scaled(estimate, kWorthwhile)) return true;
  const double worthwhile = link.is_filled_by_others ? kWorthwhile : kOfASmallShare;
  return measured >= wanted.next && (wanted.next > estimate || measured >= scaled(estimate, worthwhile));
}

// After one that told nothing.
void Prober::try_again(Instant now) {
  next_ = now + (tried_again_ ? interval_ : kSoon);
  tried_again_ = !tried_again_;
}

// After one that may have been held up by jitter as well as by a full link.
void Prober::try_with_care(Instant now) {
  search_carefully();
  next_ = now + care_interval_;
  care_interval_ = std::min(2 * care_interval_, interval_);
}

// After one that found the link full.
void Prober::put_off(Instant now, Duration longest) {
  search_carefully();
  tried_again_ = false;
  interval_ = std::max(interval_, std::min(2 * interval_, longest));
  next_ = now + interval_;
}

Instant Prober::deadline(const Wanted& wanted, Bitrate estimate) const {
  if (sending_) return cluster_->next();
  if (cluster_) return give_up_;
  return of_use(wanted, estimate) ? next_ : kNever;
}

}  // namespace consomme::bwe
