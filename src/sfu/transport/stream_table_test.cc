#include "sfu/transport/stream_table.h"

#include "sfu/transport/testing.h"

namespace consomme::transport {
namespace {

using testing::RtpFields;

constexpr PayloadType kRtx{97};
const ProducerId kCamera{1};
const ProducerId kScreen{2};

AnnouncedProducer camera() {
  return {kCamera, "0", {{Ssrc(10), Ssrc(11), ""}}, {kRtx}, testing::extension_ids()};
}
AnnouncedProducer simulcast() {
  return {kScreen, "1", {{{}, {}, "r0"}, {{}, {}, "r1"}, {{}, {}, "r2"}}, {kRtx}, testing::extension_ids()};
}

class StreamTableTest : public ::testing::Test {
 protected:
  std::optional<StreamTable::Match> find(const RtpFields& fields) {
    const testing::Bytes packet = testing::make_rtp(fields);
    const auto view = wire::parse_rtp(packet);
    return table_.find(packet, view.value(), wire::read_extensions(packet, *view, table_.extensions()));
  }
  void expect(const RtpFields& fields, ProducerId producer, int stream, bool rtx) {
    const auto match = find(fields);
    ASSERT_TRUE(match.has_value());
    EXPECT_EQ(match->producer, producer);
    EXPECT_EQ(match->stream, stream);
    EXPECT_EQ(match->rtx, rtx);
  }

  StreamTable table_;
};

TEST_F(StreamTableTest, FindsAnAnnouncedSsrcWithoutAnyExtension) {
  table_.add(camera());
  expect({.ssrc = Ssrc(10)}, kCamera, 0, false);
  expect({.ssrc = Ssrc(11), .payload_type = 97}, kCamera, 0, true);
  EXPECT_FALSE(find({.ssrc = Ssrc(12)}));
}

TEST_F(StreamTableTest, LearnsTheSsrcOfARid) {
  table_.add(simulcast());
  expect({.ssrc = Ssrc(20), .mid = "1", .rid = "r0"}, kScreen, 0, false);
  expect({.ssrc = Ssrc(22), .mid = "1", .rid = "r2"}, kScreen, 2, false);
  expect({.ssrc = Ssrc(20)}, kScreen, 0, false);  // browsers leave the names out after a while
  expect({.ssrc = Ssrc(22)}, kScreen, 2, false);
}

TEST_F(StreamTableTest, FindsRtxByTheRepairedRidOrItsPayloadType) {
  table_.add(simulcast());
  expect({.ssrc = Ssrc(31), .payload_type = 97, .mid = "1", .repaired = "r1"}, kScreen, 1, true);
  expect({.ssrc = Ssrc(32), .payload_type = 97, .mid = "1", .rid = "r2"}, kScreen, 2, true);
  expect({.ssrc = Ssrc(31), .payload_type = 97}, kScreen, 1, true);
}

TEST_F(StreamTableTest, FindsTheOnlyStreamOfAMid) {
  table_.add({kCamera, "0", {{{}, {}, ""}}, {kRtx}, testing::extension_ids()});
  expect({.ssrc = Ssrc(40), .mid = "0"}, kCamera, 0, false);
  expect({.ssrc = Ssrc(41), .payload_type = 97, .mid = "0"}, kCamera, 0, true);
}

TEST_F(StreamTableTest, DoesNotGuessAmongStreamsOrProducers) {
  table_.add(camera());
  table_.add(simulcast());
  EXPECT_FALSE(find({.ssrc = Ssrc(50), .mid = "1"}));
  EXPECT_FALSE(find({.ssrc = Ssrc(50), .mid = "7", .rid = "r0"}));
  EXPECT_FALSE(find({.ssrc = Ssrc(50), .mid = "1", .rid = "r9"}));
  EXPECT_FALSE(find({.ssrc = Ssrc(50)}));
}

TEST_F(StreamTableTest, FollowsASenderToItsNewSsrc) {
  table_.add(camera());
  expect({.ssrc = Ssrc(60), .mid = "0"}, kCamera, 0, false);
  EXPECT_FALSE(find({.ssrc = Ssrc(10)}));  // one SSRC a stream
  expect({.ssrc = Ssrc(11), .payload_type = 97}, kCamera, 0, true);
}

TEST_F(StreamTableTest, StaysBoundedWhenASenderFlipsItsSsrcWithEveryPacket) {
  table_.add(camera());
  for (std::uint32_t i = 0; i < 10'000; ++i) expect({.ssrc = Ssrc(1000 + i), .mid = "0"}, kCamera, 0, false);
  EXPECT_FALSE(find({.ssrc = Ssrc(1000)}));
  EXPECT_FALSE(find({.ssrc = Ssrc(10'998)}));
  expect({.ssrc = Ssrc(10'999)}, kCamera, 0, false);
}

TEST_F(StreamTableTest, GivesAnSsrcToWhoAnnouncedItLast) {
  table_.add(simulcast());
  expect({.ssrc = Ssrc(10), .mid = "1", .rid = "r0"}, kScreen, 0, false);  // learned
  table_.add(camera());                                                    // announced
  expect({.ssrc = Ssrc(10), .mid = "1", .rid = "r0"}, kCamera, 0, false);
  expect({.ssrc = Ssrc(70), .mid = "1", .rid = "r0"}, kScreen, 0, false);
}

TEST_F(StreamTableTest, ForgetsAProducerThatEndedAndKeepsTheOthers) {
  table_.add(camera());
  table_.add(simulcast());
  expect({.ssrc = Ssrc(20), .mid = "1", .rid = "r0"}, kScreen, 0, false);
  table_.remove(kScreen);
  EXPECT_FALSE(find({.ssrc = Ssrc(20)}));
  EXPECT_FALSE(find({.ssrc = Ssrc(21), .mid = "1", .rid = "r0"}));
  expect({.ssrc = Ssrc(10)}, kCamera, 0, false);
}

TEST_F(StreamTableTest, ReadsNoExtensionThatNobodyAnnounced) {
  AnnouncedProducer silent = simulcast();
  silent.extensions = {};
  table_.add(silent);
  EXPECT_FALSE(find({.ssrc = Ssrc(20), .mid = "1", .rid = "r0"}));
}

}  // namespace
}  // namespace consomme::transport
