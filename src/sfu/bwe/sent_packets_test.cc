#include "sfu/bwe/sent_packets.h"

#include "sfu/wire/rtcp.h"

namespace consomme::bwe {
namespace {

constexpr Instant kStart{1000s};

class SentPacketsTest : public testing::Test {
 protected:
  // Feedback that says of `first` and those behind it whether they came, a millisecond apart, from `start` on.
  std::vector<PacketResult> feedback(std::int64_t first, const std::vector<bool>& came, Instant start = kStart) {
    std::vector<wire::TwccArrival> arrivals;
    for (std::size_t i = 0; i < came.size(); ++i)
      if (came[i]) arrivals.push_back({ExtSeqNo(first + static_cast<std::int64_t>(i)), start + (i + 1) * 1ms});
    std::vector<std::uint8_t> bytes(1200);
    ByteWriter writer(bytes);
    EXPECT_EQ(wire::write_twcc(writer, {Ssrc(1), Ssrc(2), 0}, arrivals), arrivals.size());
    wire::RtcpReader reader(writer.written());
    const auto packet = reader.next();
    std::vector<PacketResult> results;
    sent.receive(*wire::parse_twcc(*packet), [&](const PacketResult& result) { results.push_back(result); });
    return results;
  }
  void send(int count, Duration apart = 1ms) {
    for (int i = 0; i < count; ++i, at += apart) sent.add(at, 1000, 0);
  }

  SentPackets sent;
  Instant at = kStart;
};

TEST_F(SentPacketsTest, TellOfEachPacketWhetherAndWhenItCame) {
  send(3);
  const auto results = feedback(0, {true, false, true});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0].arrived && !results[1].arrived && results[2].arrived);
  EXPECT_EQ(*results[2].arrived - *results[0].arrived, 2ms);
  EXPECT_EQ(results[1].sent, kStart + 1ms);
  EXPECT_EQ(results[1].bytes, 1000U);
}

TEST_F(SentPacketsTest, TellNothingTwiceButALossThatWasNone) {
  send(3);
  feedback(0, {true, false, true});
  const auto again = feedback(0, {true, true, true});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].seq, 1);
  EXPECT_TRUE(again[0].arrived);
}

TEST_F(SentPacketsTest, BelieveNothingThatWasNeverSent) {
  EXPECT_THAT(feedback(0, {true}), testing::IsEmpty());
  send(2);
  EXPECT_EQ(feedback(0, {true, true, true, true}).size(), 2U);
  EXPECT_THAT(feedback(40000, {true, true}), testing::IsEmpty());
}

TEST_F(SentPacketsTest, GoOnAcrossTheWrapOfTheirNumbers) {
  send(65'530);
  send(10);
  EXPECT_EQ(sent.next(), SeqNo(4));
  const auto results = feedback(65'530, std::vector<bool>(10, true));
  ASSERT_EQ(results.size(), 10U);
  EXPECT_EQ(results.back().seq, 65'539);
}

TEST_F(SentPacketsTest, GoOnAcrossTheWrapOfTheReceiversClock) {
  send(2);
  const Instant wrap{wire::kTwccReferenceWrap};
  const auto before = feedback(0, {true}, wrap - 1s);
  const auto behind = feedback(1, {true}, wrap + 1s);
  ASSERT_TRUE(before.size() == 1 && behind.size() == 1);
  EXPECT_EQ(*behind[0].arrived - *before[0].arrived, 2s);
}

TEST_F(SentPacketsTest, StandClocksThatLeapAgainAndAgain) {
  send(1);
  const auto leap = [&](int nth) { return Instant(nth * (wire::kTwccReferenceWrap / 2 - wire::kTwccReferenceUnit)); };
  for (int i = 1; i < 50'000; ++i) feedback(0, {true}, leap(i % 8192));
  send(2);
  const auto results = feedback(1, {true, true}, leap(1));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(*results[1].arrived - *results[0].arrived, 1ms);
}

TEST_F(SentPacketsTest, KeepTheReceiversClockFarFromTheEndOfOursHoweverOftenItLeaps) {
  Instant latest{};
  for (int i = 0; i < 4000; ++i) {  // by nearly half of what the message can express each time
    send(1);
    const auto results = feedback(i, {true}, Instant(i * (wire::kTwccReferenceWrap / 2 - wire::kTwccReferenceUnit)));
    ASSERT_EQ(results.size(), 1U);
    latest = std::max(latest, *results[0].arrived);
  }
  EXPECT_LT(latest, Instant(1002 * wire::kTwccReferenceWrap));
}

TEST_F(SentPacketsTest, AreForgottenAtHighRatesOnlyWhenTheyAreOld) {
  send(5000, 200us);  // a second
  EXPECT_EQ(feedback(0, {true}).size(), 1U);
  send(100'000, 10us);  // beyond the largest window
  EXPECT_THAT(feedback(5000, {true}), testing::IsEmpty());
}

TEST_F(SentPacketsTest, AreForgottenWhenFeedbackHasPassedThem) {
  send(200);
  feedback(199, {true});
  send(256);
  EXPECT_THAT(feedback(199, {true}), testing::IsEmpty());
  EXPECT_THAT(feedback(150, {true}), testing::IsEmpty()) << "its place was taken";
  EXPECT_EQ(feedback(200, std::vector<bool>(256, true)).size(), 256U) << "they had not been told of";
}

}  // namespace
}  // namespace consomme::bwe
