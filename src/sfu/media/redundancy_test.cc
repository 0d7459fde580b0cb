#include "sfu/media/redundancy.h"

#include "sfu/media/inbound_stream.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;
using Bytes = std::vector<std::uint8_t>;

constexpr PayloadType kRed(63);  // the sender's
constexpr std::uint8_t kBlock = 100;
constexpr PayloadType kConsumedRed(101);
constexpr std::uint32_t kFrame = 960;

const Bytes kOne{0x78, 1, 1};
const Bytes kTwo{0x78, 2, 2, 2};
const Bytes kThree{0x78, 3, 3};
const Bytes kSilence{0x78, 0};

Bytes with_head(const Bytes& before, const Bytes& own, std::uint32_t passed = kFrame) {
  const auto head = std::uint32_t{0x80 | kBlock} << 24 | passed << 10 | static_cast<std::uint32_t>(before.size());
  Bytes bytes(5);
  store_be<4>(bytes.data(), head);
  bytes[4] = kBlock;
  bytes.insert(bytes.end(), before.begin(), before.end());
  bytes.insert(bytes.end(), own.begin(), own.end());
  return bytes;
}

class RedundancyTest : public ::testing::Test {
 protected:
  std::expected<PacketRef, Drop> receive(std::uint16_t seq, const Bytes& payload, PayloadType type = kPt) {
    return receive({.seq = seq, .timestamp = seq * kFrame, .payload = payload, .payload_type = type});
  }
  std::expected<PacketRef, Drop> receive(const Given& given) {
    return stream_.receive(kStart, build(pool_, given), false);
  }
  // What a receiver of RED, or one who takes none, is sent of it: payload type and payload.
  std::pair<int, Bytes> sent(const Packet& packet, bool takes_red = true) {
    OutboundStream stream({.header = {.ssrc = Ssrc(5),
                                      .payload_type = PayloadType(kBlock),
                                      .red = takes_red ? std::optional(kConsumedRed) : std::nullopt}});
    stream.set_redundant(loses_);
    const Rewrite rewrite = stream.plan(packet, 0).value();
    Bytes slot(kMaxDatagramBytes);
    const WrittenHeader written = write_header(slot, stream.header(), packet, rewrite, {});
    EXPECT_EQ(written.prefix_bytes, 0U) << "nothing is copied but by the encryption";
    EXPECT_EQ(payload_bytes_of(packet, rewrite), payload_of(packet, rewrite).size());
    const ByteView payload = payload_of(packet, rewrite).subspan(written.replaced_bytes);
    return {slot[1] & 0x7f, {payload.begin(), payload.end()}};
  }

  PacketPool pool_{64};
  InboundStream stream_{{.codec = wire::Codec::kOpus,
                         .payload_type = kPt,
                         .ssrc = kSsrc,
                         .red = RedConfig{.incoming = kRed, .block = PayloadType(kBlock)}}};
  bool loses_ = true;
};

TEST_F(RedundancyTest, SaysThePacketBeforeOnceMore) {
  const auto one = receive(1, kOne);
  const auto two = receive(2, kTwo);
  const auto three = receive(3, kThree);
  EXPECT_EQ(sent(**one), std::pair(int{kBlock}, kOne)) << "there was nothing before it";
  EXPECT_EQ(sent(**two), std::pair(101, with_head(kOne, kTwo)));
  EXPECT_EQ(sent(**three), std::pair(101, with_head(kTwo, kThree)));
}

TEST_F(RedundancyTest, IsForReceiversWhoTakeItAndLosePackets) {
  receive(1, kOne).value();
  const auto two = receive(2, kTwo);
  EXPECT_EQ(sent(**two, false), std::pair(int{kBlock}, kTwo));
  loses_ = false;
  EXPECT_EQ(sent(**two), std::pair(int{kBlock}, kTwo));
}

TEST_F(RedundancyTest, LeavesThePacketsMeaningAsItWas) {
  receive(1, kOne).value();
  const auto two =
      receive({.seq = 2, .timestamp = 2 * kFrame, .payload = kTwo, .extension = {0xbe, 0xde, 0, 1, 0x10, 5, 0, 0}});
  EXPECT_TRUE(std::ranges::equal((*two)->payload(), kTwo));
  EXPECT_EQ((*two)->received_bytes(), 12 + 8 + kTwo.size());
  EXPECT_EQ(stream_.counts().payload_bytes, kOne.size() + kTwo.size());
}

TEST_F(RedundancyTest, SaysNothingOfWhatIsNotTheOneBefore) {
  receive(1, kOne).value();
  EXPECT_EQ((*receive(3, kThree))->redundancy_bytes, 0) << "one is missing";
  EXPECT_EQ((*receive(2, kTwo))->redundancy_bytes, 0) << "it came late, and the newest is behind it";
  EXPECT_EQ(sent(**receive(4, kOne)).second, with_head(kThree, kOne));
}

TEST_F(RedundancyTest, SaysNothingOfSilenceNorOfPadding) {
  receive(1, kSilence).value();
  EXPECT_EQ((*receive(2, kOne))->redundancy_bytes, 0);
  const auto padding = receive({.seq = 3, .timestamp = 3 * kFrame, .payload = {}, .padding = 100});
  EXPECT_EQ((*padding)->redundancy_bytes, 0);
  EXPECT_EQ((*receive(4, kTwo))->redundancy_bytes, 0);
}

TEST_F(RedundancyTest, SaysNothingOfWhatIsTooLongAgoForItsHeader) {
  receive({.seq = 1, .timestamp = 0, .payload = kOne}).value();
  EXPECT_EQ((*receive({.seq = 2, .timestamp = 1 << 14, .payload = kTwo}))->redundancy_bytes, 0);
  const auto next = receive({.seq = 3, .timestamp = (1 << 15) - 1, .payload = kThree});
  EXPECT_EQ(sent(**next).second, with_head(kTwo, kThree, (1 << 14) - 1));
  EXPECT_EQ((*receive({.seq = 4, .timestamp = 0, .payload = kOne}))->redundancy_bytes, 0) << "time went back";
}

TEST_F(RedundancyTest, KeepsPacketsSmallEnoughForEveryPath) {
  const Bytes half(497, 0x78);
  receive(1, half).value();
  EXPECT_EQ((*receive(2, half))->redundancy_bytes, 502);
  EXPECT_EQ((*receive(3, Bytes(499, 0x78)))->redundancy_bytes, 0);
  receive(4, Bytes(1275, 0x78)).value();
  EXPECT_EQ((*receive(5, kOne))->redundancy_bytes, 0) << "1275 bytes do not fit";
}

TEST_F(RedundancyTest, LeavesAPacketAloneWhoseHeaderTakesItsRoom) {
  std::uint16_t seq = 0;
  for (const auto& [words, bytes] : {std::pair(150, 450), std::pair(365, 3)}) {
    const Bytes before(450, 0x78);
    const Bytes own(static_cast<std::size_t>(bytes), 0x78);
    Bytes extension(4 + 4 * static_cast<std::size_t>(words));  // of zeros, which are padding (RFC 8285 §4.2)
    store_be<4>(extension.data(), 0xbede'0000U | static_cast<unsigned>(words));
    receive(++seq, before).value();
    ++seq;
    const auto packet = receive({.seq = seq, .timestamp = seq * kFrame, .payload = own, .extension = extension});
    EXPECT_EQ((*packet)->redundancy_bytes, 0) << words;
    EXPECT_TRUE(std::ranges::equal((*packet)->payload(), own));
  }
}

TEST_F(RedundancyTest, DropsPaddingBehindThePayload) {
  receive(1, kOne).value();
  const auto two = receive({.seq = 2, .timestamp = 2 * kFrame, .payload = kTwo, .padding = 9});
  EXPECT_EQ(sent(**two).second, with_head(kOne, kTwo));
  EXPECT_TRUE(std::ranges::equal((*two)->bytes().last(kTwo.size()), kTwo));
}

TEST_F(RedundancyTest, PassesOnWhatCameWithIt) {
  const Bytes came{0x80 | 96, 0x1e, 0, 1, 0x80 | 96, 0x0f, 0, 2, 96, 7, 8, 9, 0x78, 1};
  Bytes renamed = came;
  renamed[0] = renamed[4] = 0x80 | kBlock;
  renamed[8] = kBlock;
  const auto packet = receive(1, came, kRed);
  loses_ = false;
  EXPECT_EQ(sent(**packet), std::pair(101, renamed)) << "all of it, whatever the receiver loses";
  EXPECT_EQ(sent(**packet, false), std::pair(int{kBlock}, Bytes{0x78, 1})) << "who does not take it gets the sound";
  EXPECT_EQ((*packet)->rtp.payload_type, kPt);
  EXPECT_EQ(stream_.counts().payload_bytes, came.size());
  EXPECT_TRUE(stream_.comes_redundant());
  EXPECT_TRUE(receive(2, kOne)) << "though it may send the one and the other";
  EXPECT_FALSE(stream_.comes_redundant());
}

TEST_F(RedundancyTest, AddsNothingToWhatCameWithIt) {
  receive(1, kOne).value();
  EXPECT_EQ(sent(**receive(2, {96, 0x78, 1, 1}, kRed)).second, (Bytes{kBlock, 0x78, 1, 1}));
  EXPECT_EQ(sent(**receive(3, kTwo)).second, with_head(kOne, kTwo)) << "of which the sound is said again";
}

TEST_F(RedundancyTest, TakesPaddingByEitherName) {
  receive(1, kOne).value();
  EXPECT_TRUE(receive({.seq = 2, .timestamp = kFrame, .payload = {}, .payload_type = kRed, .padding = 100}));
}

TEST_F(RedundancyTest, DropsWhatIsMalformedByReason) {
  EXPECT_EQ(receive(1, {0x80 | 96, 0x0f, 0, 2, 96, 8, 9}, kRed).error(), Drop::kRedMalformed);
  EXPECT_EQ(receive(1, {0x80 | 97, 0x0f, 0, 1, 96, 8, 9}, kRed).error(), Drop::kRedMalformed);
  EXPECT_EQ(stream_.counts().discarded, 2U);
  EXPECT_TRUE(receive(1, {96, 9}, kRed)) << "its number was not used up";
}

TEST_F(RedundancyTest, IsUnknownWhereTheRouterHasNone) {
  stream_ = InboundStream({.codec = wire::Codec::kOpus, .payload_type = kPt, .ssrc = kSsrc});
  EXPECT_EQ(receive(1, {96, 9}, kRed).error(), Drop::kPayloadType);
  receive(1, kOne).value();
  EXPECT_EQ((*receive(2, kTwo))->redundancy_bytes, 0);
}

TEST_F(RedundancyTest, HoldsNoPacketOfASourceThatIsSilent) {
  receive(1, kOne).value();
  EXPECT_EQ(pool_.in_use(), 1U);
  stream_.assess(kStart + 10s);
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(RedundancyTest, FollowersKnowTheSameRate) {
  InboundStream follower({.codec = wire::Codec::kOpus, .payload_type = kPt, .ssrc = kSsrc});
  const auto follow = [&](const PacketRef& packet) { follower.follow(kStart, *packet); };
  follow(receive(1, kOne).value());
  follow(receive(2, kTwo).value());
  follow(receive(3, {0x80 | 96, 0x0f, 0, 1, 96, 8, 9}, kRed).value());
  EXPECT_EQ(follower.bitrate(kStart), stream_.bitrate(kStart));
  EXPECT_TRUE(follower.comes_redundant());
}

}  // namespace
}  // namespace consomme::media
