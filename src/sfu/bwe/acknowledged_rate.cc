#include "sfu/bwe/acknowledged_rate.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void AcknowledgedRate::add(Instant arrived, std::size_t bytes) {
  const std::int64_t bucket = arrived.time_since_epoch() / kBucket;
  // After a pause, or when the receiver's clock was set back, it begins anew: what did not come then was not sent, and
  // must not be taken for what the link carries.
  if (!first_ || bucket < newest_ - kBuckets || bucket >= newest_ + kBuckets) begin_at(bucket);
  for (; newest_ < bucket; ++newest_) empty(buckets_[index(newest_ + 1)]);
  if (bucket < *first_ || bucket <= newest_ - kBuckets) return;
  buckets_[index(bucket)].arrived += static_cast<std::uint32_t>(bytes);
  sum_.arrived += static_cast<std::uint32_t>(bytes);
}

void AcknowledgedRate::add_lost(std::size_t bytes) {
  if (!first_) return;
  buckets_[index(newest_)].lost += static_cast<std::uint32_t>(bytes);
  sum_.lost += static_cast<std::uint32_t>(bytes);
}

void AcknowledgedRate::begin_at(std::int64_t bucket) {
  buckets_.fill({});
  sum_ = {};
  first_ = newest_ = bucket;
}

void AcknowledgedRate::empty(Bytes& bucket) {
  sum_.arrived -= bucket.arrived;
  sum_.lost -= bucket.lost;
  bucket = {};
}

double AcknowledgedRate::lost() const {
  return sum_.lost == 0 ? 0 : sum_.lost / (static_cast<double>(sum_.arrived) + sum_.lost);
}

// Of the buckets that are complete.
std::optional<Bitrate> AcknowledgedRate::rate() const {
  if (!first_) return std::nullopt;
  const std::int64_t complete = std::min(newest_ - *first_, kBuckets - 1);
  if (complete < kBuckets / 2) return std::nullopt;
  return rate_of(sum_.arrived - buckets_[index(newest_)].arrived, kBucket * complete);
}

}  // namespace consomme::bwe
