#include "sfu/bwe/round_trip.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

TEST(RoundTrip, SeesAQueueThatDelaysTheWayThereAndTheRoundTrip) {
  RoundTrip round_trip;
  round_trip.add(kStart, 50ms, 7s);
  round_trip.add(kStart + 1s, 130ms, 7s + 80ms);
  EXPECT_EQ(round_trip.last(), 130ms);
  EXPECT_EQ(round_trip.queue(), 80ms);
}

TEST(RoundTrip, TakesAReceiverThatCollectsForItsFeedbackForNoQueue) {
  RoundTrip round_trip;
  round_trip.add(kStart, 50ms, 7s);
  round_trip.add(kStart + 1s, 110ms, 7s);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

TEST(RoundTrip, TakesAClockThatJumpsForNoQueue) {
  RoundTrip round_trip;
  round_trip.add(kStart, 50ms, 7s);
  round_trip.add(kStart + 1s, 50ms, 9s);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

TEST(RoundTrip, ForgetsTheLeastAfterHalfAMinute) {
  RoundTrip round_trip;
  round_trip.add(kStart, 50ms, 7s);
  for (Duration at = 1s; at <= 31s; at += 1s) round_trip.add(kStart + at, 90ms, 7s + 40ms);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

}  // namespace
}  // namespace consomme::bwe
