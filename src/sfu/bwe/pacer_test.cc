#include "sfu/bwe/pacer.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};
constexpr std::size_t kPacket = 1000;

// When each of `count` packets leaves that are all there at the start.
std::vector<Duration> departures(int count, Bitrate estimate) {
  Pacer pacer;
  Instant now = kStart;
  std::vector<Duration> left;
  for (int i = 0; i < count; ++i) {
    if (!pacer.may_send(now)) now = pacer.next();
    EXPECT_TRUE(pacer.may_send(now));
    pacer.sent(now, kPacket, static_cast<std::size_t>(count - i) * kPacket, estimate);
    left.push_back(now - kStart);
  }
  return left;
}

TEST(Pacer, LetsAPictureOfTheUsualSizeGoAtOnce) {
  EXPECT_EQ(departures(7, kbps(1000)).back(), 0ms);
}

TEST(Pacer, SpreadsAKeyPictureOverTheTimeThatTheLinkNeeds) {
  const std::vector<Duration> left = departures(30, kbps(1000));  // 240 ms of the link
  EXPECT_GT(left.back(), 100ms);
  EXPECT_LT(left.back(), 160ms);
}

TEST(Pacer, EmptiesALongQueueInAFewOfItsSpansWhateverIsBelieved) {
  const Duration last = departures(100, kbps(30)).back();
  EXPECT_LT(last, 5 * Pacer::kDrain);
}

TEST(Pacer, SavesUpNothingWhileNothingIsSent) {
  Pacer pacer;
  pacer.sent(kStart, kPacket, kPacket, kbps(1000));
  int at_once = 0;
  for (const Instant later = kStart + 60s; pacer.may_send(later); ++at_once)
    pacer.sent(later, kPacket, kPacket, kbps(1000));
  EXPECT_LE(at_once, 9);
}

}  // namespace
}  // namespace consomme::bwe
