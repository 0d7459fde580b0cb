#include "server/signaling/token_bucket.h"

namespace consomme::server {
namespace {

constexpr Instant kStart{1000s};

int taken(TokenBucket& bucket, Instant now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

TEST(TokenBucket, LetsABurstThroughAndNoMore) {
  TokenBucket bucket(kStart, 10, 5);
  EXPECT_EQ(taken(bucket, kStart, 100), 5);
}

TEST(TokenBucket, RefillsAtItsRate) {
  TokenBucket bucket(kStart, 10, 5);
  taken(bucket, kStart, 100);
  EXPECT_EQ(taken(bucket, kStart + 99ms, 100), 0);
  EXPECT_EQ(taken(bucket, kStart + 300ms, 100), 3);
}

TEST(TokenBucket, NeverHoldsMoreThanItsDepth) {
  TokenBucket bucket(kStart, 10, 5);
  EXPECT_EQ(taken(bucket, kStart + 24h, 100), 5);
}

}  // namespace
}  // namespace consomme::server
