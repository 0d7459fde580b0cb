#include "sfu/wire/twcc.h"

#include "base/rng.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr TwccHeader kHeader{.sender = Ssrc(1), .media = Ssrc(2), .feedback_number = 3};

struct Message {
  Bytes bytes;
  std::size_t taken = 0;
};
Message message_about(const std::vector<TwccArrival>& arrivals, std::size_t room = 1200) {
  Message message{Bytes(room), 0};
  ByteWriter writer(message.bytes);
  message.taken = write_twcc(writer, kHeader, arrivals);
  message.bytes.resize(writer.size());
  return message;
}

std::optional<TwccFeedback> feedback_of(const Bytes& bytes) {
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  EXPECT_TRUE(packet);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
  return packet ? parse_twcc(*packet) : std::nullopt;
}

// One each packet.
std::vector<TwccStatus> statuses_of(const TwccFeedback& feedback) {
  std::vector<TwccStatus> statuses;
  TwccReader reader(feedback);
  while (const auto status = reader.next())
    for (std::uint16_t i = 0; i < status->count; ++i)
      statuses.push_back({SeqNo(static_cast<std::uint16_t>(status->seq.value() + i)), 1, status->arrival});
  return statuses;
}

// Every arrival is in the message at its tick, and every number between them is said to be lost.
void expect_says(const Bytes& bytes, const std::vector<TwccArrival>& arrivals) {
  const auto feedback = feedback_of(bytes);
  ASSERT_TRUE(feedback);
  const std::vector<TwccStatus> statuses = statuses_of(*feedback);
  ASSERT_EQ(statuses.size(), static_cast<std::size_t>(arrivals.back().seq - arrivals.front().seq + 1));
  std::size_t next = 0;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const ExtSeqNo seq = arrivals.front().seq + static_cast<std::int64_t>(i);
    EXPECT_EQ(statuses[i].seq, truncate(seq));
    const bool arrived = arrivals[next].seq == seq;
    ASSERT_EQ(statuses[i].arrival.has_value(), arrived) << i;
    if (!arrived) continue;
    const Duration since_epoch = arrivals[next++].at.time_since_epoch();
    const Duration error = since_epoch % kTwccReferenceWrap - *statuses[i].arrival;
    EXPECT_GE(error, 0ns);
    EXPECT_LT(error, kTwccTick);
  }
}

TEST(Twcc, OneArrivalGoesThrough) {
  const std::vector<TwccArrival> arrivals = {{ExtSeqNo(65535), Instant(1000s + 3ms)}};
  const Message message = message_about(arrivals);
  EXPECT_EQ(message.taken, 1U);
  expect_says(message.bytes, arrivals);
  const auto feedback = feedback_of(message.bytes);
  EXPECT_EQ(feedback->sender, Ssrc(1));
  EXPECT_EQ(feedback->media, Ssrc(2));
  EXPECT_EQ(feedback->feedback_number, 3);
}

TEST(Twcc, GapsReorderingAndPausesGoThrough) {
  const std::vector<TwccArrival> arrivals = {
      {ExtSeqNo(65530), Instant(50s)},           {ExtSeqNo(65531), Instant(50s + 100ms)},
      {ExtSeqNo(65534), Instant(50s - 20ms)},    {ExtSeqNo(65536 + 90), Instant(50s + 8s)},
      {ExtSeqNo(65536 + 91), Instant(50s + 8s)}, {ExtSeqNo(65536 + 7000), Instant(50s + 8s + 1ms)},
  };
  const Message message = message_about(arrivals);
  EXPECT_EQ(message.taken, arrivals.size());
  expect_says(message.bytes, arrivals);
}

TEST(Twcc, AnythingRandomGoesThroughInAsManyMessagesAsItTakes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    std::vector<TwccArrival> arrivals;
    ExtSeqNo seq(static_cast<std::int64_t>(65000 + rng.below(1000)));
    Instant at(std::chrono::seconds(1'700'000'000 + rng.below(100)));
    for (int i = 0; i < 400; ++i) {
      arrivals.push_back({seq, at});
      seq = seq + 1 + static_cast<std::int64_t>(rng.chance(0.1) ? rng.below(40) : 0);
      at += Duration(rng.below(rng.chance(0.2) ? 200'000'000 : 3'000'000));
      if (rng.chance(0.05)) at -= 30ms;
    }
    const std::size_t room = 60 + rng.below(1200);
    for (std::size_t said = 0; said < arrivals.size();) {
      const std::vector<TwccArrival> rest(arrivals.begin() + static_cast<std::ptrdiff_t>(said), arrivals.end());
      const Message message = message_about(rest, room);
      ASSERT_GT(message.taken, 0U);
      ASSERT_LE(message.bytes.size(), room);
      expect_says(message.bytes, {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(message.taken)});
      said += message.taken;
    }
  }
}

TEST(Twcc, DeltasDoNotDriftThoughEachIsRounded) {
  std::vector<TwccArrival> arrivals;
  for (int i = 0; i < 300; ++i) arrivals.push_back({ExtSeqNo(i), Instant(10s) + i * Duration(333us)});
  const Message message = message_about(arrivals);
  EXPECT_EQ(message.taken, arrivals.size());
  expect_says(message.bytes, arrivals);
}

TEST(Twcc, AMessageEndsBeforeADifferenceOrAGapThatItCanNotSay) {
  EXPECT_EQ(message_about({{ExtSeqNo(1), Instant(10s)}, {ExtSeqNo(2), Instant(20s)}}).taken, 1U);
  EXPECT_EQ(message_about({{ExtSeqNo(1), Instant(10s)}, {ExtSeqNo(1 + 8191), Instant(10s)}}).taken, 1U);
  EXPECT_EQ(message_about({{ExtSeqNo(1), Instant(10s)}, {ExtSeqNo(8191), Instant(10s)}}).taken, 2U);
}

TEST(Twcc, WritesNothingWhereNothingFits) {
  for (std::size_t room = 0; room < 24; ++room) {
    const Message message = message_about({{ExtSeqNo(1), Instant(10s)}}, room);
    EXPECT_EQ(message.taken, 0U) << room;
    EXPECT_TRUE(message.bytes.empty());
  }
  EXPECT_EQ(message_about({}).taken, 0U);
}

// Laid out by hand after §3.1: FMT=15, PT=205; base sequence number, status count; reference time 156 (9.984 s, and the
// first to come is 16 ms, 64 ticks, behind it), feedback number 3; chunks, deltas and zeros to the end of the word.
struct Vector {
  std::vector<TwccArrival> arrivals;
  Bytes bytes;
};
const std::vector<Vector> kVectors = {
    // A run of three small deltas (§3.1.3): 0 01 0000000000011.
    {{{ExtSeqNo(0x1234), Instant(10s)},
      {ExtSeqNo(0x1235), Instant(10'001ms)},
      {ExtSeqNo(0x1236), Instant(10'003'500us)}},
     {0x8f, 0xcd, 0x00, 0x06, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x12, 0x34,
      0x00, 0x03, 0x00, 0x00, 0x9c, 0x03, 0x20, 0x03, 0x40, 0x04, 0x0a, 0x00, 0x00, 0x00}},
    // One bit a packet (§3.1.4): 1 0 101 and eleven that speak of none.
    {{{ExtSeqNo(65535), Instant(10s)}, {ExtSeqNo(65537), Instant(10'001ms)}},
     {0x8f, 0xcd, 0x00, 0x05, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,
      0xff, 0xff, 0x00, 0x03, 0x00, 0x00, 0x9c, 0x03, 0xa8, 0x00, 0x40, 0x04}},
    // Two bits a packet: 1 1 01 00 10 10 and three that speak of none; 100 ms later (400 ticks), 5 ms earlier (-20).
    {{{ExtSeqNo(7), Instant(10s)}, {ExtSeqNo(9), Instant(10'100ms)}, {ExtSeqNo(10), Instant(10'095ms)}},
     {0x8f, 0xcd, 0x00, 0x06, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x07,
      0x00, 0x04, 0x00, 0x00, 0x9c, 0x03, 0xd2, 0x80, 0x40, 0x01, 0x90, 0xff, 0xec, 0x00}},
    // One that came and thirteen that did not, bit by bit; a run of 87 that did not; one that came: a run of one.
    {{{ExtSeqNo(7), Instant(10s)}, {ExtSeqNo(7 + 101), Instant(10'001ms)}},
     {0x8f, 0xcd, 0x00, 0x06, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x07,
      0x00, 0x66, 0x00, 0x00, 0x9c, 0x03, 0xa0, 0x00, 0x00, 0x57, 0x20, 0x01, 0x40, 0x04}},
};

TEST(Twcc, WritesAndReadsWhatTheDraftDraws) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(message_about(vector.arrivals).bytes, vector.bytes);
    expect_says(vector.bytes, vector.arrivals);
  }
}

// The fixed fields with the given count, then chunks and deltas.
std::optional<TwccFeedback> parsed(std::uint16_t count, const Bytes& rest, Bytes& body) {
  body.assign({0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, static_cast<std::uint8_t>(count >> 8),
               static_cast<std::uint8_t>(count), 0xff, 0xff, 0xff, 9});
  body.insert(body.end(), rest.begin(), rest.end());
  return parse_twcc({RtcpType::kRtpFeedback, 15, body});
}

TEST(TwccParser, ReadsAllThreeKindsOfChunk) {
  Bytes body;
  // A run of two small deltas; one bit: lost, small, then padding to 14; two bits: large, small.
  const auto feedback = parsed(18, {0x20, 0x02, 0x90, 0x00, 0xe4, 0x00, 4, 8, 12, 0xff, 0xfc, 16}, body);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->reference_time, -1);
  const auto statuses = statuses_of(*feedback);
  ASSERT_EQ(statuses.size(), 18U);
  EXPECT_EQ(statuses[0].seq, SeqNo(65535));
  EXPECT_EQ(statuses[1].seq, SeqNo(0));
  EXPECT_EQ(*statuses[0].arrival, -64ms + 1ms);
  EXPECT_EQ(*statuses[1].arrival, -64ms + 3ms);
  EXPECT_FALSE(statuses[2].arrival);
  EXPECT_EQ(*statuses[3].arrival, -64ms + 6ms);
  EXPECT_EQ(*statuses[16].arrival, -64ms + 5ms) << "a large delta may be negative";
  EXPECT_EQ(*statuses[17].arrival, -64ms + 9ms);
}

TEST(TwccParser, RefusesCountsThatChunksDoNotCover) {
  Bytes body;
  for (std::uint16_t count = 0; count < 300; ++count) {
    EXPECT_EQ(parsed(count, {0x00, 0x64}, body).has_value(), count >= 1 && count <= 100) << count;
  }
}

TEST(TwccParser, RefusesCountsAboveItsBoundWhateverTheChunksSay) {
  Bytes body;
  const Bytes runs = {0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff};
  EXPECT_TRUE(parsed(kMaxTwccStatuses, runs, body));
  EXPECT_FALSE(parsed(kMaxTwccStatuses + 1, runs, body));
  EXPECT_FALSE(parsed(65535, runs, body));
}

TEST(TwccParser, ReadsARunOfLostPacketsAsOne) {
  Bytes body;
  // 8000 lost, one small delta, two bits: lost and small.
  const auto feedback = parsed(8003, {0x1f, 0x40, 0x20, 0x01, 0xc4, 0x00, 4, 8}, body);
  ASSERT_TRUE(feedback);
  TwccReader reader(*feedback);
  std::vector<std::pair<int, int>> statuses;
  while (const auto status = reader.next()) statuses.emplace_back(status->seq.value(), status->count);
  EXPECT_EQ(statuses, (std::vector<std::pair<int, int>>{{65535, 8000}, {7999, 1}, {8000, 1}, {8001, 1}}));
}

TEST(TwccParser, RefusesDeltasThatAreNotThere) {
  Bytes body;
  EXPECT_TRUE(parsed(3, {0x20, 0x03, 1, 1, 1}, body));
  EXPECT_FALSE(parsed(3, {0x20, 0x03, 1, 1}, body));
  EXPECT_TRUE(parsed(2, {0x40, 0x02, 0, 1, 0, 1}, body));
  EXPECT_FALSE(parsed(2, {0x40, 0x02, 0, 1, 0}, body));
}

TEST(TwccParser, RefusesTheReservedSymbolAndEmptyRunsWithoutEnd) {
  Bytes body;
  EXPECT_FALSE(parsed(1, {0x60, 0x01, 0, 0}, body));
  EXPECT_FALSE(parsed(1, Bytes(200, 0), body));
}

TEST(TwccParser, RefusesEveryTruncationOfItsFixedFields) {
  const Bytes body(16);
  for (std::size_t n = 0; n < 16; ++n) {
    EXPECT_FALSE(parse_twcc({RtcpType::kRtpFeedback, 15, ByteView(body).first(n)})) << n;
  }
}

}  // namespace
}  // namespace consomme::wire
