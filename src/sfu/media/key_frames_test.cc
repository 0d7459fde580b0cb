#include "sfu/media/key_frames.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using test::kStart;

// When requests go out from `from` to `to`, in milliseconds since kStart.
std::vector<std::int64_t> run(KeyFrameRequests& requests, Instant to) {
  std::vector<std::int64_t> sent;
  for (Instant at = requests.deadline(); at <= to; at = requests.deadline()) {
    if (requests.expire(at)) sent.push_back((at - kStart) / 1ms);
  }
  return sent;
}

TEST(KeyFrameRequests, AskAtOnceAndAgainAfterTwoRoundTripsThenEverySecond) {
  KeyFrameRequests requests;
  requests.set_rtt(80ms);
  requests.request(kStart);
  EXPECT_THAT(run(requests, kStart + 3500ms), ::testing::ElementsAre(0, 160, 1000, 2000, 3000));
}

TEST(KeyFrameRequests, AreBoundedWhenNobodyAnswers) {
  KeyFrameRequests requests;
  requests.request(kStart);
  EXPECT_EQ(run(requests, kStart + 1h).size(), 10U);
  EXPECT_FALSE(requests.wanted());
  requests.request(kStart + 1h);
  EXPECT_TRUE(requests.expire(kStart + 1h));
}

TEST(KeyFrameRequests, OfHundredsWhoJoinAreOne) {
  KeyFrameRequests requests;
  requests.set_rtt(100ms);
  int sent = 0;
  for (int i = 0; i < 500; ++i) {
    requests.request(kStart + i * 100us);
    sent += requests.expire(kStart + i * 100us);
  }
  EXPECT_EQ(sent, 1);
  requests.received_key_frame();
  EXPECT_EQ(requests.deadline(), kNever);
}

TEST(KeyFrameRequests, GoOutAtMostTwiceASecondHoweverOftenTheyAreAnswered) {
  KeyFrameRequests requests;
  requests.set_rtt(20ms);
  int sent = 0;
  for (Instant now = kStart; now < kStart + 10s; now += 5ms) {
    requests.request(now);
    if (!requests.expire(now)) continue;
    ++sent;
    requests.received_key_frame();
  }
  EXPECT_GE(sent, 10);
  EXPECT_LE(sent, 20);
}

TEST(KeyFrameRequests, AskAgainSoonForWhoJoinedJustAfterTheAnswer) {
  KeyFrameRequests requests;
  requests.set_rtt(50ms);
  requests.request(kStart);
  EXPECT_TRUE(requests.expire(kStart));
  requests.received_key_frame();
  requests.request(kStart + 60ms);
  EXPECT_FALSE(requests.expire(kStart + 60ms));
  EXPECT_EQ(requests.deadline(), kStart + 100ms);
  EXPECT_TRUE(requests.expire(kStart + 100ms));
}

TEST(KeyFrameRequests, KeepTheirPaceWhenGivenUpAndRenewedByEveryPacket) {
  KeyFrameRequests requests;
  int sent = 0;
  for (Instant now = kStart; now < kStart + 60s; now += 10ms) {
    requests.request(now);
    sent += requests.expire(now);
  }
  EXPECT_LE(sent, 70);
  EXPECT_GE(sent, 60);
}

}  // namespace
}  // namespace consomme::media
