// What gets through: the rate at which packets arrived over the last half second, on the receiver's clock. Owned by the
// bandwidth estimator.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/strong.h"
#include "base/time.h"

namespace consomme::bwe {

class AcknowledgedRate {
 public:
  static constexpr Duration kWindow = 500ms;

  void add(Instant arrived, std::size_t bytes);
  void add_lost(std::size_t bytes);  // sent with what arrived last
  // nullopt before half a window has been seen.
  std::optional<Bitrate> rate() const;
  // Of what was sent meanwhile, 0 to 1.
  double lost() const;

 private:
  static constexpr std::int64_t kBuckets = 25;
  static constexpr Duration kBucket = kWindow / kBuckets;

  struct Bytes {
    std::uint32_t arrived = 0;
    std::uint32_t lost = 0;
  };

  // A receiver can set its clock back as far as it likes, to before the epoch too.
  static std::size_t index(std::int64_t bucket) {
    return static_cast<std::size_t>((bucket % kBuckets + kBuckets) % kBuckets);
  }
  void begin_at(std::int64_t bucket);
  void begin_next();

  Bytes sum_;                              // of all buckets
  std::int64_t newest_ = 0;                // the bucket that fills, counted from the epoch
  std::size_t newest_index_ = 0;           // its place; packets mostly belong there, and divisions are slow
  std::optional<std::int64_t> first_;      // the first that ever had something
  std::array<Bytes, kBuckets> buckets_{};  // by arrival
};

}  // namespace consomme::bwe
