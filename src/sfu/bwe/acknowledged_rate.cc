#include "sfu/bwe/acknowledged_rate.h"

#include <algorithm>

#include "sfu/bwe/bitrate.h"

namespace consomme::bwe {

void AcknowledgedRate::add(Instant arrived, std::size_t bytes) {
  const std::int64_t bucket = arrived.time_since_epoch() / kBucket;
  // After a pause, or when the receiver's clock was set back, it begins anew: what did not come then was not sent, and
  // must not be taken for what the link carries.
  if (!first_ || bucket < newest_ - kBuckets || bucket >= newest_ + kBuckets) {
    buckets_.fill({});
    first_ = newest_ = bucket;
  }
  for (std::int64_t b = newest_ + 1; b <= bucket; ++b) buckets_[index(b)] = {};
  newest_ = std::max(newest_, bucket);
  if (bucket > newest_ - kBuckets) buckets_[index(bucket)].bytes += static_cast<std::uint32_t>(bytes);
}

void AcknowledgedRate::add_lost(std::size_t bytes) {
  if (first_) buckets_[index(newest_)].lost_bytes += static_cast<std::uint32_t>(bytes);
}

double AcknowledgedRate::lost() const {
  double arrived = 0;
  double lost = 0;
  for (const Bucket& bucket : buckets_) {
    arrived += bucket.bytes;
    lost += bucket.lost_bytes;
  }
  return lost > 0 ? lost / (arrived + lost) : 0;
}

// Of the buckets that are complete.
std::optional<Bitrate> AcknowledgedRate::rate() const {
  if (!first_) return std::nullopt;
  const std::int64_t from = std::max(*first_, newest_ - kBuckets + 1);
  const std::int64_t complete = newest_ - from;
  if (complete < kBuckets / 2) return std::nullopt;
  double sum = 0;
  for (std::int64_t b = from; b < newest_; ++b) sum += buckets_[index(b)].bytes;
  return rate_of(sum, kBucket * complete);
}

}  // namespace consomme::bwe
