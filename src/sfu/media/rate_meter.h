// Bits per second over a sliding window of some seconds, in a handful of words.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::media {

template <int kSeconds>
class SlidingRate {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(kSeconds);

  void add(Instant now, std::size_t bytes) {
    advance(now);
    buckets_[index(newest_)] += static_cast<std::uint32_t>(bytes);
    sum_ += static_cast<std::uint32_t>(bytes);
  }
  Bitrate rate(Instant now) {
    if (sum_ == 0) return Bitrate(0);
    advance(now);
    const Duration counted = kWindow - kBucket + now.time_since_epoch() % kBucket;  // the newest has only begun
    return Bitrate(sum_ * 8'000'000'000 / std::chrono::nanoseconds(counted).count());
  }

 private:
  static constexpr std::int64_t kBuckets = 10;
  static constexpr Duration kBucket = kWindow / kBuckets;

  static std::size_t index(std::int64_t bucket) { return static_cast<std::size_t>(bucket % kBuckets); }
  void advance(Instant now) {
    const std::int64_t bucket = now.time_since_epoch() / kBucket;
    if (bucket - newest_ >= kBuckets) {
      buckets_.fill(0);
      sum_ = 0;
      newest_ = bucket;
    }
    while (newest_ < bucket) sum_ -= std::exchange(buckets_[index(++newest_)], 0U);
  }

  std::int64_t sum_ = 0;  // of all buckets
  std::array<std::uint32_t, kBuckets> buckets_{};
  std::int64_t newest_ = 0;  // counted from the epoch
};

using RateMeter = SlidingRate<1>;

}  // namespace consomme::media
