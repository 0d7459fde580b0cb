#include "sfu/bwe/round_trip.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

void add(RoundTrip& round_trip, Instant now, Duration measured, Duration one_way) {
  round_trip.add(now, measured, one_way, 5ms);
}
// A queue, or something like it.
void add(RoundTrip& round_trip, Instant now, Duration above) {
  add(round_trip, now, 50ms + above, 7s + above);
}

TEST(RoundTrip, SeesAQueueThatDelaysTheWayThereAndTheRoundTrip) {
  RoundTrip round_trip;
  add(round_trip, kStart, 50ms, 7s);
  add(round_trip, kStart + 1s, 130ms, 7s + 80ms);
  EXPECT_EQ(round_trip.last(), 130ms);
  EXPECT_EQ(round_trip.queue(), 80ms);
}

TEST(RoundTrip, TakesAReceiverThatCollectsForItsFeedbackForNoQueue) {
  RoundTrip round_trip;
  add(round_trip, kStart, 50ms, 7s);
  add(round_trip, kStart + 1s, 110ms, 7s);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

TEST(RoundTrip, TakesAClockThatJumpsForNoQueue) {
  RoundTrip round_trip;
  add(round_trip, kStart, 50ms, 7s);
  add(round_trip, kStart + 1s, 50ms, 9s);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

TEST(RoundTrip, ForgetsTheLeastAfterHalfAMinute) {
  RoundTrip round_trip;
  add(round_trip, kStart, 50ms, 7s);
  for (Duration at = 1s; at <= 31s; at += 1s) add(round_trip, kStart + at, 90ms, 7s + 40ms);
  EXPECT_EQ(round_trip.queue(), 0ms);
}

TEST(RoundTrip, ForgetsNothingWhileAnotherFillsTheQueue) {
  RoundTrip round_trip;
  add(round_trip, kStart, 50ms, 7s);
  for (Duration at = 1s; at <= 60s; at += 1s) round_trip.add(kStart + at, 90ms, 7s + 40ms, 5ms, true);
  EXPECT_EQ(round_trip.queue(), 40ms);
}

TEST(RoundTrip, TakesJitterForNoQueueButSeesOneAboveIt) {
  RoundTrip round_trip;
  for (int i = 0; i < 100; ++i) add(round_trip, kStart + i * 100ms, i % 2 * 60ms);
  EXPECT_EQ(round_trip.queue(), 0ms);
  for (int i = 100; i < 103; ++i) add(round_trip, kStart + i * 100ms, 200ms + i % 2 * 60ms);
  EXPECT_GE(round_trip.queue(), 90ms);
}

TEST(RoundTrip, SeesAQueueAtOnceBehindAStall) {
  RoundTrip round_trip;
  add(round_trip, kStart, 0ms);
  add(round_trip, kStart + 5s, 5s);
  add(round_trip, kStart + 5100ms, 80ms);
  EXPECT_GE(round_trip.queue(), 70ms);
}

}  // namespace
}  // namespace consomme::bwe
