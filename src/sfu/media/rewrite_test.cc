#include "sfu/media/rewrite.h"

#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;
using Bytes = std::vector<std::uint8_t>;

class RewriteTest : public ::testing::Test {
 protected:
  RewriteTest() {
    ids_.set(ExtensionId(1), HeaderExtension::kAudioLevel);
    ids_.set(ExtensionId(2), HeaderExtension::kDependencyDescriptor);
    ids_.set(ExtensionId(3), HeaderExtension::kVideoOrientation);
    ids_.set(ExtensionId(4), HeaderExtension::kRtpStreamId);
    ids_.set(ExtensionId(5), HeaderExtension::kMid);
    ids_.set(ExtensionId(6), HeaderExtension::kAbsCaptureTime);
    ids_.set(ExtensionId(7), HeaderExtension::kPlayoutDelay);
    ids_.set(ExtensionId(8), HeaderExtension::kTransmissionOffset);
    header_.ssrc = Ssrc(0xa1a2a3a4);
    header_.payload_type = PayloadType(101);
    header_.rtx = RtxHeader{Ssrc(0xb1b2b3b4), PayloadType(102)};
    header_.mid = Mid("7");
  }
  PacketRef packet(Bytes extension, bool marker = true) {
    return publish(pool_, kStart, 500, {.seq = 500, .marker = marker, .extension = std::move(extension)}, ids_);
  }
  // Of AV1 with three decode targets.
  PacketRef fifth_frame() {
    header_.extensions = {HeaderExtension::kDependencyDescriptor};
    PacketBuilder builder = build(pool_, {.extension = {0xbe, 0xde, 0, 1, 0x22, 0xc1, 0, 5}}, ids_);
    builder->info = {};
    builder->dependencies = {};
    builder->dependencies.decode_targets = 3;
    builder->dependencies.frame_number = 5;
    return builder.publish();
  }
  Bytes written(const Packet& p) {
    const WrittenHeader size = write_header(slot_, header_, p, rewrite_, stamp_);
    EXPECT_EQ(size.prefix_bytes, 0U);
    return {slot_.begin(), slot_.begin() + static_cast<std::ptrdiff_t>(size.header_bytes)};
  }

  PacketPool pool_{16};
  wire::ExtensionIds ids_;
  OutboundHeader header_;
  Rewrite rewrite_{ExtSeqNo(0x3'1234), RtpTimestamp(0x55667788)};
  SendStamp stamp_{wire::AbsSendTime(0x010203), SeqNo(0x0405)};
  std::array<std::uint8_t, kMaxDatagramBytes> slot_{};
};

TEST_F(RewriteTest, WritesABareHeaderWhenNothingIsNegotiated) {
  EXPECT_EQ(written(*packet({0xbe, 0xde, 0, 1, 0x10, 0x7f, 0, 0})),
            (Bytes{0x80, 0x80 | 101, 0x12, 0x34, 0x55, 0x66, 0x77, 0x88, 0xa1, 0xa2, 0xa3, 0xa4}));
  EXPECT_EQ(written(*packet({}, false))[1], 101);
}

TEST_F(RewriteTest, WritesItsOwnExtensionsFreshInTheOneByteForm) {
  header_.extensions = {HeaderExtension::kMid, HeaderExtension::kAbsSendTime, HeaderExtension::kTransportWideCc};
  EXPECT_EQ(written(*packet({})),
            (Bytes{0x90, 0x80 | 101, 0x12, 0x34, 0x55, 0x66, 0x77, 0x88, 0xa1, 0xa2, 0xa3, 0xa4,  //
                   0xbe, 0xde,       0,    3,    0x10, '7',  0x42, 1,    2,    3,    0x51, 4,    5, 0, 0, 0}));
}

TEST_F(RewriteTest, LeavesTheTransportNumberOutWhenThereIsNone) {
  header_.extensions = {HeaderExtension::kMid, HeaderExtension::kTransportWideCc};
  stamp_.transport_seq.reset();
  const Bytes bytes = written(*packet({}));
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), (Bytes{0xbe, 0xde, 0, 1, 0x10, '7', 0, 0}));
}

TEST_F(RewriteTest, PassesOnWhatDescribesTheMediaUnderTheRoutersIds) {
  header_.extensions = {HeaderExtension::kAudioLevel, HeaderExtension::kVideoOrientation,
                        HeaderExtension::kPlayoutDelay};
  const Bytes bytes =
      written(*packet({0xbe, 0xde, 0, 3, 0x10, 0x85, 0x30, 0x02, 0x72, 0xa, 0xb, 0xc, 0x40, 'r', 0, 0}));
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()),
            (Bytes{0xbe, 0xde, 0, 2, 0x60, 0x85, 0x80, 0x02, 0xb2, 0xa, 0xb, 0xc}));
}

TEST_F(RewriteTest, PassesOnNothingThatWasNotNegotiated) {
  header_.extensions = {HeaderExtension::kVideoOrientation};
  EXPECT_EQ(written(*packet({0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0})).size(), 12U);
}

TEST_F(RewriteTest, NeverSendsRidsNorTheSendersMidNorItsTransmissionOffset) {
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) header_.extensions.add(static_cast<HeaderExtension>(i));
  stamp_.transport_seq.reset();
  const Bytes bytes = written(*packet({0xbe, 0xde, 0, 3, 0x40, 'r', 0x50, 'm', 0x82, 1, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), (Bytes{0xbe, 0xde, 0, 2, 0x10, '7', 0x42, 1, 2, 3, 0, 0}));
}

TEST_F(RewriteTest, ChangesToTheTwoByteFormForALongDescriptor) {
  header_.extensions = {HeaderExtension::kMid, HeaderExtension::kDependencyDescriptor};
  Bytes extension{0x10, 0x00, 0, 5, 2, 17};
  Bytes descriptor(17, 0xdd);
  extension.insert(extension.end(), descriptor.begin(), descriptor.end());
  extension.push_back(0);
  const Bytes bytes = written(*packet(extension));
  Bytes expected{0x10, 0x00, 0, 6, 1, 1, '7', 7, 17};
  expected.insert(expected.end(), descriptor.begin(), descriptor.end());
  expected.insert(expected.end(), 2, 0);
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), expected);
}

TEST_F(RewriteTest, MakesARetransmissionOfTheNumberItWasSentWith) {
  const WrittenHeader size = write_rtx_header(slot_, header_, *packet({}), rewrite_, ExtSeqNo(0x1'0009), stamp_);
  EXPECT_EQ(size.header_bytes, 12U);
  EXPECT_EQ(size.prefix_bytes, 2U);
  EXPECT_EQ(Bytes(slot_.begin(), slot_.begin() + 14),
            (Bytes{0x80, 0x80 | 102, 0x00, 0x09, 0x55, 0x66, 0x77, 0x88, 0xb1, 0xb2, 0xb3, 0xb4, 0x12, 0x34}));
}

TEST_F(RewriteTest, SetsTheMarkerWhereThePictureEndsForThisConsumer) {
  rewrite_.ends_picture = 1;
  EXPECT_EQ(written(*packet({}, false))[1], 0x80 | 101);
}

// The packet itself is shared, and stays as it is.
TEST_F(RewriteTest, WritesAVp8DescriptorWithOtherNumbersBeforeTheRestOfThePayload) {
  const Bytes payload{0x90, 0xe0, 0x92, 0x34, 0x77, 0x60, 0x11, 0xaa};
  const PacketRef p = publish(pool_, kStart, 500, {.payload = payload});
  rewrite_.descriptor = 1U << 29 | 0x0102 << 8 | 0x03;
  const WrittenHeader size = write_header(slot_, header_, *p, rewrite_, stamp_);
  EXPECT_EQ(size.header_bytes, 12U);
  EXPECT_EQ(size.prefix_bytes, 6U);
  EXPECT_EQ(size.replaced_bytes, 6U);
  EXPECT_EQ(Bytes(slot_.begin() + 12, slot_.begin() + 18), (Bytes{0x90, 0xe0, 0x81, 0x02, 0x03, 0x60}));
  EXPECT_EQ(Bytes(p->payload().begin(), p->payload().end()), payload);

  const WrittenHeader rtx = write_rtx_header(slot_, header_, *p, rewrite_, ExtSeqNo(9), stamp_);
  EXPECT_EQ(rtx.prefix_bytes, 8U);
  EXPECT_EQ(rtx.replaced_bytes, 6U);
  EXPECT_EQ(Bytes(slot_.begin() + 12, slot_.begin() + 20), (Bytes{0x12, 0x34, 0x90, 0xe0, 0x81, 0x02, 0x03, 0x60}));
}

TEST_F(RewriteTest, SendsOfAPacketThatIsLeftOutTooLateItsNumberOnly) {
  header_.extensions = {HeaderExtension::kMid, HeaderExtension::kVideoOrientation};
  rewrite_.empty = 1;
  const PacketRef p = packet({0xbe, 0xde, 0, 1, 0x30, 0x02, 0, 0});
  const WrittenHeader size = write_header(slot_, header_, *p, rewrite_, stamp_);
  EXPECT_EQ(Bytes(slot_.begin(), slot_.begin() + static_cast<std::ptrdiff_t>(size.header_bytes)),
            (Bytes{0x90, 101,  0x12, 0x34, 0x55, 0x66, 0x77, 0x88, 0xa1, 0xa2, 0xa3, 0xa4,  //
                   0xbe, 0xde, 0,    1,    0x10, '7',  0,    0}));
  EXPECT_EQ(size.prefix_bytes, 0U);
  EXPECT_EQ(size.replaced_bytes, 0U);
  EXPECT_TRUE(payload_of(*p, rewrite_).empty());

  const WrittenHeader rtx = write_rtx_header(slot_, header_, *p, rewrite_, ExtSeqNo(9), stamp_);
  EXPECT_EQ(rtx.prefix_bytes, 2U);
  EXPECT_EQ(rtx.replaced_bytes, 0U);
}

TEST_F(RewriteTest, TellsTheReceiverItsDecodeTargets) {
  const PacketRef p = fifth_frame();
  rewrite_.descriptor = 0b110;
  const Bytes bytes = written(*p);
  // Flags 01000, then the mask 110: one byte more.
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), (Bytes{0xbe, 0xde, 0, 2, 0x73, 0xc1, 0, 5, 0b0100'0110, 0, 0, 0}));
}

TEST_F(RewriteTest, CountsFramesAsTheyAreSent) {
  const PacketRef p = fifth_frame();
  rewrite_.descriptor = 0xff00U << wire::kMaxDecodeTargets & Rewrite::kDescriptorMask;
  Bytes bytes = written(*p);
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), (Bytes{0xbe, 0xde, 0, 1, 0x72, 0xc1, 1, 5}));
  rewrite_.descriptor |= 0b110;
  bytes = written(*p);
  EXPECT_EQ(Bytes(bytes.begin() + 12, bytes.end()), (Bytes{0xbe, 0xde, 0, 2, 0x73, 0xc1, 1, 5, 0b0100'0110, 0, 0, 0}));
}

TEST(RouterExtensionIds, AreThoseTheClientsAreTold) {
  for (std::size_t i = 0; i < kHeaderExtensionCount; ++i) EXPECT_EQ(kRouterExtensionIds[i].value(), i + 1);
}

}  // namespace
}  // namespace consomme::media
