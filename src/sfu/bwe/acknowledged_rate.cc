#include "sfu/bwe/acknowledged_rate.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void AcknowledgedRate::add(Instant arrived, std::size_t bytes) {
  const std::int64_t bucket = arrived.time_since_epoch() / kBucket;
  // After a pause, or when the receiver's clock was set back, it begins anew: what did not come then was not sent, and
  // must not be taken for what the link carries.
  if (!first_ || bucket < newest_ - kBuckets || bucket >= newest_ + kBuckets) begin_at(bucket);
  while (newest_ < bucket) begin_next();
  if (bucket < *first_ || bucket <= newest_ - kBuckets) return;
  Bytes& place = bucket == newest_ ? buckets_[newest_index_] : buckets_[index(bucket)];
  place.arrived += static_cast<std::uint32_t>(bytes);
  sum_.arrived += static_cast<std::uint32_t>(bytes);
}

void AcknowledgedRate::add_lost(std::size_t bytes) {
  if (!first_) return;
  buckets_[newest_index_].lost += static_cast<std::uint32_t>(bytes);
  sum_.lost += static_cast<std::uint32_t>(bytes);
}

void AcknowledgedRate::begin_at(std::int64_t bucket) {
  buckets_.fill({});
  sum_ = {};
  first_ = newest_ = bucket;
  newest_index_ = index(bucket);
}

void AcknowledgedRate::begin_next() {
  ++newest_;
  newest_index_ = (newest_index_ + 1) % kBuckets;
  Bytes& oldest = buckets_[newest_index_];
  sum_.arrived -= oldest.arrived;
  sum_.lost -= oldest.lost;
  oldest = {};
}

double AcknowledgedRate::lost() const {
  return sum_.lost == 0 ? 0 : sum_.lost / (static_cast<double>(sum_.arrived) + sum_.lost);
}

// Of the buckets that are complete.
std::optional<Bitrate> AcknowledgedRate::rate() const {
  if (!first_) return std::nullopt;
  const std::int64_t complete = std::min(newest_ - *first_, kBuckets - 1);
  if (complete < kBuckets / 2) return std::nullopt;
  return rate_of(sum_.arrived - buckets_[newest_index_].arrived, kBucket * complete);
}

}  // namespace consomme::bwe
