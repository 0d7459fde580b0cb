// Key pictures of which the beginning is lost on the way to us, or comes late: nobody may start behind it. And what of
// dependency descriptors can be told until it has come.
#include "sfu/media/inbound_stream.h"
#include "sfu/media/outbound_stream.h"
#include "sfu/media/scalable_source.h"
#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;
using ::testing::Each;
using ::testing::ElementsAre;

// As most senders of H264 send a key picture: SPS and PPS aggregated, the slice in fragments behind them (RFC 6184).
const std::vector<std::uint8_t> kParameters{0x78, 0, 3, 0x67, 0x42, 0xc0, 0, 2, 0x68, 0xce};
const std::vector<std::uint8_t> kIdrBegins{0x7c, 0x85, 0x88, 0x80};
const std::vector<std::uint8_t> kIdrGoesOn{0x7c, 0x05, 0x12, 0x34};
const std::vector<std::uint8_t> kLaterIdrSlice{0x65, 0x08, 0x80};  // first_mb_in_slice is not 0
const std::vector<std::uint8_t> kSlice{0x61, 0x88, 0x80};

class LostBeginning : public ::testing::Test {
 protected:
  InboundStream inbound(wire::Codec codec) {
    InboundConfig config = kVideo;
    config.codec = codec;
    return InboundStream(config);
  }
  OutboundStream outbound(wire::Codec codec, Encoding encodings = 1) {
    return OutboundStream({.codec = codec, .clock_rate = 90000, .encodings = encodings});
  }
  // Whether it is forwarded.
  bool plan(OutboundStream& out, InboundStream& in, const Given& given, Encoding encoding = 0) {
    return out.plan(*in.receive(kStart, build(pool_, given), false).value(), encoding).has_value();
  }
  bool plan_repaired(OutboundStream& out, InboundStream& in, const Given& given, Encoding encoding = 0) {
    return out.plan(*in.receive(kStart, build(pool_, rtx_of(given, 1)), true).value(), encoding).has_value();
  }

  PacketPool pool_{512};
};

TEST_F(LostBeginning, OfH264IsAskedForWhereItIsTheParameterSets) {
  InboundStream in = inbound(wire::Codec::kH264);
  OutboundStream out = outbound(wire::Codec::kH264);
  plan(out, in, {.seq = 1, .timestamp = 0, .payload = kSlice});
  EXPECT_FALSE(plan(out, in, {.seq = 3, .timestamp = 3000, .payload = kIdrBegins}));
  EXPECT_FALSE(plan(out, in, {.seq = 4, .timestamp = 3000, .payload = kIdrGoesOn, .marker = true}));
  EXPECT_THAT(in.expire(kStart).lost, ElementsAre(SeqNo(2)));
  EXPECT_FALSE(plan_repaired(out, in, {.seq = 2, .timestamp = 3000, .payload = kParameters})) << "3 and 4 have passed";
  EXPECT_TRUE(plan(out, in, {.seq = 5, .timestamp = 6000, .payload = kParameters}));
}

TEST_F(LostBeginning, OfH264IsNoneWhereTheParameterSetsCame) {
  InboundStream in = inbound(wire::Codec::kH264);
  OutboundStream out = outbound(wire::Codec::kH264);
  plan(out, in, {.seq = 1, .timestamp = 0, .payload = kSlice});
  EXPECT_TRUE(plan(out, in, {.seq = 3, .timestamp = 3000, .payload = kParameters}));
  EXPECT_TRUE(plan(out, in, {.seq = 4, .timestamp = 3000, .payload = kIdrBegins}));
}

TEST_F(LostBeginning, OfH264MayBeTheFirstSlice) {
  InboundStream in = inbound(wire::Codec::kH264);
  OutboundStream out = outbound(wire::Codec::kH264);
  plan(out, in, {.seq = 1, .timestamp = 0, .payload = kSlice});
  EXPECT_FALSE(plan(out, in, {.seq = 3, .timestamp = 3000, .payload = kLaterIdrSlice}));
}

TEST_F(LostBeginning, StartsNobodyWhoWaitedForIt) {
  InboundStream in = inbound(wire::Codec::kVp8);
  OutboundStream out = outbound(wire::Codec::kVp8);
  EXPECT_FALSE(plan(out, in, {.seq = 9, .timestamp = 0}));
  EXPECT_FALSE(plan(out, in, {.seq = 11, .timestamp = 3000, .payload = kContinuation, .marker = true}));
  EXPECT_FALSE(plan_repaired(out, in, {.seq = 10, .timestamp = 3000, .payload = kKeyFrame}));
  EXPECT_EQ(out.wants_key_frame(), Encoding{0});
  EXPECT_TRUE(plan(out, in, {.seq = 12, .timestamp = 6000, .payload = kKeyFrame}));
}

TEST_F(LostBeginning, StartsNobodyWhoWasPausedWhileTheRestPassed) {
  InboundStream in = inbound(wire::Codec::kVp8);
  OutboundStream out = outbound(wire::Codec::kVp8);
  out.pause();
  plan(out, in, {.seq = 9, .timestamp = 0});
  plan(out, in, {.seq = 11, .timestamp = 3000, .payload = kContinuation});
  plan(out, in, {.seq = 12, .timestamp = 3000, .payload = kContinuation, .marker = true});
  out.resume();
  EXPECT_FALSE(plan_repaired(out, in, {.seq = 10, .timestamp = 3000, .payload = kKeyFrame}));
}

TEST_F(LostBeginning, SwitchesNobodyWhoDidNotWantItWhileTheRestPassed) {
  InboundStream low = inbound(wire::Codec::kVp8);
  InboundStream high = inbound(wire::Codec::kVp8);
  OutboundStream out = outbound(wire::Codec::kVp8, 2);
  out.set_active(0b11);
  out.set_limit(Layer{0, 2});
  EXPECT_TRUE(plan(out, low, {.seq = 1, .timestamp = 0, .payload = kKeyFrame, .marker = true}, 0));
  plan(out, high, {.seq = 9, .timestamp = 0}, 1);
  plan(out, high, {.seq = 11, .timestamp = 3000, .payload = kContinuation}, 1);
  plan(out, high, {.seq = 12, .timestamp = 3000, .payload = kContinuation, .marker = true}, 1);
  out.set_limit(Layer{1, 2});
  EXPECT_FALSE(plan_repaired(out, high, {.seq = 10, .timestamp = 3000, .payload = kKeyFrame}, 1));
}

class DependencyDescriptors : public ::testing::Test {
 protected:
  static constexpr ScalableConfig kSource{.codec = wire::Codec::kAv1, .temporal_layers = 2};

  InboundStream inbound() {
    return InboundStream({.codec = wire::Codec::kAv1, .clock_rate = 90000, .payload_type = kPt, .ssrc = kSsrc});
  }
  // Frame numbers as they are sent.
  std::vector<std::uint16_t> numbers(OutboundStream& out, std::span<const PacketRef> packets, Encoding encoding) {
    std::vector<std::uint16_t> numbers;
    for (const PacketRef& packet : packets) {
      const auto rewrite = out.plan(*packet, encoding);
      if (!rewrite) continue;
      std::array<std::uint8_t, kMaxDatagramBytes> slot{};
      write_header(slot, out.header(), *packet, *rewrite, {});
      wire::ExtensionIds ids;
      ids.set(kSentId, HeaderExtension::kDependencyDescriptor);
      const ByteView bytes(slot);
      const auto slices = wire::read_extensions(bytes, *wire::parse_rtp(bytes), ids);
      const auto slice = slices[static_cast<std::size_t>(HeaderExtension::kDependencyDescriptor)];
      const auto head = wire::parse_dependency_descriptor_head(bytes.subspan(slice.offset, slice.size));
      numbers.push_back(head->frame_number);
    }
    return numbers;
  }

  static constexpr ExtensionId kSentId{7};  // as in the header of every outbound stream
  PacketPool pool_{512};
};

// Behind a switch the numbers of frames are ours, also of those that cannot be understood yet.
TEST_F(DependencyDescriptors, CountFramesOnWhileTheirStructureIsLost) {
  ScalableSource low(kSource);
  ScalableConfig other = kSource;
  other.seed = 2;
  ScalableSource high(other);
  InboundStream low_in = inbound();
  InboundStream high_in = inbound();
  OutboundConfig config{.codec = wire::Codec::kAv1, .clock_rate = 90000, .encodings = 2};
  config.header.extensions = {HeaderExtension::kDependencyDescriptor};
  OutboundStream out(config);
  out.set_limit(Layer{0, 1});
  const std::uint16_t first = numbers(out, low.picture(kStart, pool_, low_in), 0).front();
  numbers(out, low.picture(kStart, pool_, low_in), 0);
  out.set_limit(Layer{1, 1});
  const auto ahead = [&](std::uint16_t by) { return static_cast<std::uint16_t>(first + by); };
  EXPECT_THAT(numbers(out, high.picture(kStart, pool_, high_in), 1), Each(ahead(2)));
  high.renew_structure();
  numbers(out, high.picture(kStart, pool_, high_in, 1), 1);
  EXPECT_THAT(numbers(out, high.picture(kStart, pool_, high_in), 1), Each(ahead(4)));
}

TEST_F(DependencyDescriptors, AreUnderstoodOfASenderThatHasSetItsTimestampsBack) {
  ScalableConfig config = kSource;
  config.first_timestamp = 900'000;
  ScalableSource source(config);
  InboundStream in = inbound();
  source.picture(kStart, pool_, in);
  source.set_timestamp(9000);
  source.renew_structure();
  for (int i = 0; i < 2; ++i)
    for (const PacketRef& packet : source.picture(kStart, pool_, in)) EXPECT_EQ(packet->dependencies.decode_targets, 2);
}

// A target that has nothing of a unit does not take it over from the one that has begun it.
TEST_F(DependencyDescriptors, LeaveNoUnitWithoutAnEnd) {
  ScalableSource source(
      {.codec = wire::Codec::kAv1, .spatial_layers = 2, .temporal_layers = 3, .frame_bytes = {2000, 2000}});
  InboundStream in = inbound();
  LayerFilter filter(wire::Codec::kAv1);
  const auto key = source.picture(kStart, pool_, in);
  filter.start(*key.front(), {1, 0});
  for (const PacketRef& packet : key) EXPECT_TRUE(filter.plan(*packet, {1, 0}).forward);
  const auto unit = source.picture(kStart, pool_, in);  // two packets of each spatial layer
  ASSERT_EQ(unit.size(), 4U);
  EXPECT_TRUE(filter.plan(*unit[0], {0, 2}).forward);
  EXPECT_FALSE(filter.plan(*unit[2], {1, 0}).forward);
  EXPECT_FALSE(filter.plan(*unit[3], {1, 0}).forward);
  const Verdict late = filter.plan(*unit[1], {1, 0});
  EXPECT_TRUE(late.forward && late.ends_picture);
}

}  // namespace
}  // namespace consomme::media
