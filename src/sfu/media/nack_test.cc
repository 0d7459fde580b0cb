#include "sfu/media/nack.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using test::kStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ExtSeqNo at(std::int64_t n) {
  return ExtSeqNo(65536 + n);
}
std::vector<int> numbers(std::span<const SeqNo> asked) {
  std::vector<int> out;
  for (const SeqNo n : asked) out.push_back(n.value());
  return out;
}

TEST(Nack, AsksForAGapAtOnce) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(10)));
  EXPECT_EQ(nack.deadline(), kNever);
  EXPECT_FALSE(nack.receive(kStart, at(13)));
  EXPECT_EQ(nack.deadline(), kStart);
  EXPECT_THAT(numbers(nack.expire(kStart)), ElementsAre(11, 12));
}

TEST(Nack, AsksAcrossTheWrap) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(65534)));
  EXPECT_FALSE(nack.receive(kStart, at(65537)));
  EXPECT_THAT(numbers(nack.expire(kStart)), ElementsAre(65535, 0));
}

TEST(Nack, AsksAgainOnlyAfterOneRoundTrip) {
  NackGenerator nack;
  nack.set_rtt(200ms);
  EXPECT_FALSE(nack.receive(kStart, at(1)));
  EXPECT_FALSE(nack.receive(kStart, at(3)));
  EXPECT_THAT(numbers(nack.expire(kStart)), ElementsAre(2));
  EXPECT_THAT(nack.expire(kStart + 200ms), IsEmpty());
  EXPECT_LE(nack.deadline(), kStart + 300ms);
  EXPECT_GT(nack.deadline(), kStart + 200ms);
  EXPECT_THAT(numbers(nack.expire(nack.deadline())), ElementsAre(2));
}

TEST(Nack, AsksAgainNoSoonerThanItsTimerOnAShortPath) {
  NackGenerator nack;
  nack.set_rtt(1ms);
  EXPECT_FALSE(nack.receive(kStart, at(1)));
  EXPECT_FALSE(nack.receive(kStart, at(3)));
  (void)nack.expire(kStart);
  EXPECT_EQ(nack.deadline(), kStart + 40ms);
}

TEST(Nack, GivesUpAfterTenTries) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(1)));
  EXPECT_FALSE(nack.receive(kStart, at(3)));
  int asked = 0;
  Instant now = kStart;
  for (; nack.deadline() != kNever; now = nack.deadline()) asked += static_cast<int>(nack.expire(now).size());
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(nack.missing(), 0U);
}

TEST(Nack, StopsAskingForWhatArrivedLate) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(1)));
  EXPECT_FALSE(nack.receive(kStart, at(4)));
  EXPECT_FALSE(nack.receive(kStart, at(2)));
  EXPECT_THAT(numbers(nack.expire(kStart)), ElementsAre(3));
  EXPECT_FALSE(nack.receive(kStart + 1ms, at(3)));
  EXPECT_EQ(nack.missing(), 0U);
}

TEST(Nack, ForgetsWhatIsOlderThanItsWindow) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(0)));
  EXPECT_FALSE(nack.receive(kStart, at(2)));
  for (int i = 3; i <= 1001; ++i) EXPECT_FALSE(nack.receive(kStart, at(i)));
  EXPECT_EQ(nack.missing(), 1U);
  EXPECT_FALSE(nack.receive(kStart, at(1002)));
  EXPECT_EQ(nack.missing(), 0U);
}

TEST(Nack, WantsAKeyFrameWhenTooMuchIsMissing) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(0)));
  EXPECT_FALSE(nack.receive(kStart, at(301)));
  EXPECT_TRUE(nack.receive(kStart, at(602)));
  EXPECT_EQ(nack.missing(), 0U);
  EXPECT_THAT(nack.expire(kStart), IsEmpty());
}

TEST(Nack, NeedsNothingFromBeforeAKeyFrame) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(0)));
  EXPECT_FALSE(nack.receive(kStart, at(5)));
  EXPECT_FALSE(nack.receive(kStart, at(7)));
  nack.received_key_frame(at(5));
  EXPECT_THAT(numbers(nack.expire(kStart)), ElementsAre(6));
}

TEST(Nack, PutsNoMoreIntoOneMessageThanFits) {
  NackGenerator nack;
  EXPECT_FALSE(nack.receive(kStart, at(0)));
  EXPECT_FALSE(nack.receive(kStart, at(401)));
  EXPECT_EQ(nack.expire(kStart).size(), 256U);
  EXPECT_LE(nack.deadline(), kStart);
  EXPECT_EQ(nack.expire(kStart).size(), 144U);
  EXPECT_GT(nack.deadline(), kStart);
}

}  // namespace
}  // namespace consomme::media
