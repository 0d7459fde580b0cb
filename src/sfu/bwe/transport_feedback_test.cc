#include "sfu/bwe/transport_feedback.h"

#include <array>
#include <map>

namespace consomme::bwe {
namespace {

constexpr Instant kStart = Instant(Duration(1'700'000'000s));
constexpr Ssrc kUs{1};
constexpr Ssrc kMedia{77};

struct Message {
  std::uint8_t number = 0;
  Ssrc media;
  std::map<int, std::optional<Duration>> statuses;
};

class TransportFeedbackTest : public ::testing::Test {
 protected:
  void receive(Duration after, int seq) {
    feedback_.receive(kStart + after, SeqNo(static_cast<std::uint16_t>(seq)), kMedia);
  }
  std::optional<Message> poll(Duration after, std::size_t room = 1200) {
    std::vector<std::uint8_t> bytes(room);
    ByteWriter writer(bytes);
    if (!feedback_.poll(kStart + after, writer)) return std::nullopt;
    wire::RtcpReader reader(writer.written());
    const auto packet = reader.next();
    const auto parsed = wire::parse_twcc(packet.value());
    Message message{parsed.value().feedback_number, parsed->media, {}};
    wire::TwccReader statuses(*parsed);
    while (const auto status = statuses.next())
      for (std::uint16_t i = 0; i < status->count; ++i)
        message.statuses[static_cast<std::uint16_t>(status->seq.value() + i)] = status->arrival;
    return message;
  }
  static std::vector<int> arrived(const Message& m) {
    std::vector<int> out;
    for (const auto& [seq, at] : m.statuses)
      if (at) out.push_back(seq);
    return out;
  }
  static std::vector<int> lost(const Message& m) {
    std::vector<int> out;
    for (const auto& [seq, at] : m.statuses)
      if (!at) out.push_back(seq);
    return out;
  }

  TransportFeedback feedback_{kUs};
};

TEST_F(TransportFeedbackTest, ReportsEvery100MillisecondsWhatArrivedAndWhen) {
  EXPECT_EQ(feedback_.deadline(), kNever);
  receive(0ms, 10);
  receive(5ms, 11);
  receive(30ms, 13);
  EXPECT_EQ(feedback_.deadline(), kStart + 100ms);
  EXPECT_FALSE(poll(99ms));
  const auto message = poll(100ms);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->media, kMedia);
  EXPECT_THAT(arrived(*message), ::testing::ElementsAre(10, 11, 13));
  EXPECT_THAT(lost(*message), ::testing::ElementsAre(12));
  EXPECT_EQ(*message->statuses.at(11) - *message->statuses.at(10), 5ms);
  EXPECT_EQ(*message->statuses.at(13) - *message->statuses.at(10), 30ms);
  EXPECT_FALSE(poll(100ms));
  EXPECT_EQ(feedback_.deadline(), kNever);
}

TEST_F(TransportFeedbackTest, ReportsSoonerAtHighRates) {
  for (int i = 0; i < 40; ++i) receive(i * 1ms, i);
  EXPECT_EQ(feedback_.deadline(), kStart + 100ms);
  receive(40ms, 40);
  EXPECT_EQ(feedback_.deadline(), kStart + 50ms);
  EXPECT_FALSE(poll(49ms));
  EXPECT_EQ(poll(50ms)->statuses.size(), 41U);
  EXPECT_EQ(feedback_.deadline(), kNever);
}

TEST_F(TransportFeedbackTest, ReportsAtOnceWhatBecomesManyAfterTheShortInterval) {
  for (int i = 0; i < 40; ++i) receive(i * 2ms, i);
  receive(81ms, 40);
  EXPECT_EQ(feedback_.deadline(), kStart + 81ms);
  EXPECT_TRUE(poll(81ms));
}

TEST_F(TransportFeedbackTest, CountsItsMessages) {
  for (int i = 0; i < 300; ++i) {
    receive(i * 100ms, i);
    const auto message = poll(i * 100ms + 100ms);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->number, i % 256);
  }
}

TEST_F(TransportFeedbackTest, TellsOfLossesBetweenTwoMessages) {
  receive(0ms, 1);
  ASSERT_TRUE(poll(100ms));
  receive(110ms, 4);
  const auto message = poll(210ms);
  ASSERT_TRUE(message);
  EXPECT_THAT(lost(*message), ::testing::ElementsAre(2, 3));
}

TEST_F(TransportFeedbackTest, GoesOnAcrossTheWrap) {
  receive(0ms, 65535);
  receive(1ms, 0);
  EXPECT_THAT(poll(100ms)->statuses.size(), 2U);
  receive(101ms, 1);
  EXPECT_THAT(arrived(*poll(201ms)), ::testing::ElementsAre(1));
}

TEST_F(TransportFeedbackTest, SpeaksAgainOfAPacketThatCameLate) {
  receive(0ms, 5);
  receive(1ms, 7);
  ASSERT_EQ(lost(*poll(100ms)), std::vector<int>{6});
  receive(105ms, 6);
  receive(106ms, 8);
  const auto message = poll(210ms);
  ASSERT_TRUE(message);
  EXPECT_THAT(arrived(*message), ::testing::ElementsAre(6, 7, 8));
}

TEST_F(TransportFeedbackTest, IgnoresWhatIsTooLateAndWhatCameTwice) {
  for (int i = 0; i < 400; ++i)
    if (i != 100) receive(1ms, i);
  receive(2ms, 399);
  const auto message = poll(101ms);
  EXPECT_EQ(arrived(*message).size(), 399U);
  receive(110ms, 100);
  EXPECT_EQ(feedback_.deadline(), kNever);
  receive(110ms, 399);
  EXPECT_EQ(feedback_.deadline(), kNever);
}

TEST_F(TransportFeedbackTest, TellsNothingOfAPacketThatCameMoreThanASecondBehindItsSuccessor) {
  receive(0ms, 12);
  ASSERT_TRUE(poll(100ms));
  receive(9s, 10);  // further apart than a message can tell of
  EXPECT_FALSE(poll(9100ms));
  receive(9200ms, 13);
  EXPECT_EQ(arrived(poll(9300ms).value()), std::vector({13}));
  EXPECT_EQ(feedback_.deadline(), kNever);
}

// What a late packet lets us say again is no lever for a flood.
TEST_F(TransportFeedbackTest, SaysNoMoreThanAMessageEveryIntervalWhateverComesLate) {
  Duration at{};
  int messages = 0;
  const auto next = [&](Duration later, int seq) {
    receive(at += later, seq);
    at += 100ms;
    while (messages < 10'000 && poll(at)) ++messages;
  };
  int packets = 0;
  for (int third : {0, 1, 2}) {
    at += 9s;
    for (int seq = third; seq < 256; seq += 3, ++packets) next(0ms, seq);
  }
  for (int seq = 300; seq > 256; --seq, ++packets) next(900ms, seq);
  EXPECT_LE(messages, packets);
}

TEST_F(TransportFeedbackTest, SplitsWhatDoesNotFitOneMessage) {
  for (int i = 0; i < 600; ++i) receive(i * 150us, i);
  std::vector<int> told;
  int messages = 0;
  while (const auto message = poll(100ms, 300)) {
    for (const int seq : arrived(*message)) told.push_back(seq);
    ++messages;
  }
  EXPECT_GT(messages, 1);
  ASSERT_EQ(told.size(), 600U);
  EXPECT_EQ(told.back(), 599);
}

TEST_F(TransportFeedbackTest, WaitsForRoom) {
  receive(0ms, 1);
  EXPECT_FALSE(poll(100ms, 8));
  EXPECT_TRUE(poll(100ms));
}

TEST_F(TransportFeedbackTest, BeginsAnewAfterAJump) {
  receive(0ms, 1);
  receive(1ms, 30'000);
  receive(2ms, 30'001);
  const auto message = poll(110ms);
  ASSERT_TRUE(message);
  EXPECT_THAT(arrived(*message), ::testing::ElementsAre(30'000, 30'001));
  EXPECT_TRUE(lost(*message).empty());
  receive(120ms, 3);
  EXPECT_THAT(arrived(*poll(220ms)), ::testing::ElementsAre(3));
}

TEST_F(TransportFeedbackTest, LeavesOutLossesOfLongAgo) {
  receive(0ms, 1);
  ASSERT_TRUE(poll(100ms));
  receive(20s, 4);
  const auto message = poll(21s);
  ASSERT_TRUE(message);
  EXPECT_THAT(arrived(*message), ::testing::ElementsAre(4));
  EXPECT_EQ(feedback_.deadline(), kNever);
}

}  // namespace
}  // namespace consomme::bwe
