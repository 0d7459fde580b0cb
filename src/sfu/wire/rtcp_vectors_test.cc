// Each message that we write, in bytes laid out by hand after its RFC's drawing: read, and written, to the bit. What
// rtcp_test.cc says of writer and reader together would hold for two that are wrong alike.
#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// RFC 3550 §6.4.1: the second block's count of lost packets is negative; its LSR is the middle of the NTP timestamp.
const Bytes kSenderReportBytes = {
    0x82, 0xc8, 0x00, 0x12,                          // V=2, P=0, RC=2; PT=200; 19 words
    0x90, 0x2f, 0x9e, 0x2e,                          // SSRC of sender
    0xda, 0x8b, 0xd1, 0xfc, 0xdd, 0xdd, 0xa0, 0x5a,  // NTP timestamp
    0xaa, 0xf4, 0xed, 0xd5,                          // RTP timestamp
    0x00, 0x00, 0x0a, 0xa4,                          // sender's packet count: 2724
    0x00, 0x04, 0xa7, 0xf3,                          // sender's octet count: 305139
    0xbc, 0x5e, 0x9a, 0x40,                          // SSRC_1
    0x40, 0x00, 0x01, 0x02,                          // fraction lost: a quarter; cumulative: 258
    0x00, 0x01, 0xff, 0xfe,                          // extended highest: one cycle, 65534
    0x00, 0x00, 0x03, 0xe8,                          // interarrival jitter: 1000
    0x00, 0x00, 0x00, 0x00,                          // no sender report came
    0x00, 0x00, 0x00, 0x00,                          //
    0xde, 0xad, 0xbe, 0xef,                          // SSRC_2
    0x00, 0xff, 0xff, 0xfe,                          // nothing lost, two duplicates: -2
    0x00, 0x00, 0x00, 0x07,                          // extended highest
    0x00, 0x00, 0x00, 0x00,                          // jitter
    0xd1, 0xfc, 0xdd, 0xdd,                          // last SR
    0x00, 0x01, 0x80, 0x00,                          // delay since last SR: 1.5 s
};
constexpr SenderInfo kInfo{
    .ntp = NtpTime(0xda8bd1fcdddda05a), .rtp = RtpTimestamp(0xaaf4edd5), .packets = 2724, .payload_bytes = 305139};
constexpr std::array kBlocks = {ReportBlock{.ssrc = Ssrc(0xbc5e9a40),
                                            .fraction_lost = 64,
                                            .cumulative_lost = 258,
                                            .highest_seq = 65536 + 65534,
                                            .jitter = 1000,
                                            .last_sender_report = 0,
                                            .since_sender_report = 0},
                                ReportBlock{.ssrc = Ssrc(0xdeadbeef),
                                            .fraction_lost = 0,
                                            .cumulative_lost = -2,
                                            .highest_seq = 7,
                                            .jitter = 0,
                                            .last_sender_report = kInfo.ntp.compact(),
                                            .since_sender_report = to_compact_ntp(1500ms)}};

// RFC 3550 §6.4.2, of the second block.
const Bytes kReceiverReportBytes = {0x81, 0xc9, 0x00, 0x07, 0x90, 0x2f, 0x9e, 0x2e, 0xde, 0xad, 0xbe,
                                    0xef, 0x00, 0xff, 0xff, 0xfe, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00,
                                    0x00, 0x00, 0xd1, 0xfc, 0xdd, 0xdd, 0x00, 0x01, 0x80, 0x00};

// RFC 3550 §6.5: SC=1, PT=202. A list of items ends with at least one zero, and at a word.
const Bytes kCnameBytes = {0x81, 0xca, 0x00, 0x03, 0x90, 0x2f, 0x9e, 0x2e, 0x01, 0x05, 'a', 'l', 'i', 'c', 'e', 0x00};
const Bytes kCnameToTheWordBytes = {0x81, 0xca, 0x00, 0x03, 0x90, 0x2f, 0x9e, 0x2e,
                                    0x01, 0x02, 'b',  'o',  0x00, 0x00, 0x00, 0x00};

// RFC 3550 §6.6: SC=1, PT=203.
const Bytes kByeBytes = {0x81, 0xcb, 0x00, 0x01, 0x90, 0x2f, 0x9e, 0x2e};

// RFC 4585 §6.2.1: FMT=1, PT=205; PID and BLP, whose lowest bit is the packet right behind.
const Bytes kNackBytes = {0x81, 0xcd, 0x00, 0x04, 0x90, 0x2f, 0x9e, 0x2e, 0xde, 0xad,
                          0xbe, 0xef, 0xff, 0xfe, 0x80, 0x05, 0x01, 0x02, 0x00, 0x00};

// RFC 4585 §6.3.1: FMT=1, PT=206, no FCI.
const Bytes kPliBytes = {0x81, 0xce, 0x00, 0x02, 0x90, 0x2f, 0x9e, 0x2e, 0xde, 0xad, 0xbe, 0xef};

// RFC 5104 §4.3.1: FMT=4, PT=206; the media source of the header is 0, those of the entries count.
const Bytes kFirBytes = {0x84, 0xce, 0x00, 0x06, 0x90, 0x2f, 0x9e, 0x2e, 0x00, 0x00, 0x00, 0x00, 0xde, 0xad,
                         0xbe, 0xef, 0x2a, 0x00, 0x00, 0x00, 0xbc, 0x5e, 0x9a, 0x40, 0xff, 0x00, 0x00, 0x00};

// draft-alvestrand-rmcat-remb-03 §2.2: FMT=15, PT=206; 2 Mbit/s is 250000 (0x3d090, 18 bits) times 2^3.
const Bytes kRembBytes = {0x8f, 0xce, 0x00, 0x06, 0x90, 0x2f, 0x9e, 0x2e, 0x00, 0x00, 0x00, 0x00, 'R',  'E',
                          'M',  'B',  0x02, 0x0f, 0xd0, 0x90, 0xde, 0xad, 0xbe, 0xef, 0xbc, 0x5e, 0x9a, 0x40};

// RFC 3611 §4.4: PT=207, BT=4, a block of two words.
const Bytes kReferenceTimeBytes = {0x80, 0xcf, 0x00, 0x04, 0x90, 0x2f, 0x9e, 0x2e, 0x04, 0x00,
                                   0x00, 0x02, 0xda, 0x8b, 0xd1, 0xfc, 0xdd, 0xdd, 0xa0, 0x5a};

// RFC 3611 §4.5: BT=5, a block of three words for each receiver.
const Bytes kDlrrBytes = {0x80, 0xcf, 0x00, 0x08, 0x90, 0x2f, 0x9e, 0x2e, 0x05, 0x00, 0x00, 0x06,
                          0xde, 0xad, 0xbe, 0xef, 0xd1, 0xfc, 0xdd, 0xdd, 0x00, 0x01, 0x80, 0x00,
                          0xbc, 0x5e, 0x9a, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

constexpr Ssrc kSender(0x902f9e2e);
constexpr Ssrc kFirst(0xdeadbeef);
constexpr Ssrc kSecond(0xbc5e9a40);
constexpr std::array kLost = {NackItem{SeqNo(65534), 0x8005}, NackItem{SeqNo(0x0102), 0}};
constexpr std::array kAsked = {FirItem{kFirst, 42}, FirItem{kSecond, 255}};
constexpr std::array kDelays = {DlrrItem{kFirst, kInfo.ntp.compact(), to_compact_ntp(1500ms)}, DlrrItem{kSecond, 0, 0}};

struct Vector {
  std::string_view name;
  Bytes bytes;
  bool (*write)(ByteWriter&);
};
const std::vector<Vector> kVectors = {
    {"SR", kSenderReportBytes, [](ByteWriter& w) { return write_sender_report(w, kSender, kInfo, kBlocks); }},
    {"RR", kReceiverReportBytes,
     [](ByteWriter& w) { return write_receiver_report(w, kSender, std::span(kBlocks).last(1)); }},
    {"CNAME", kCnameBytes, [](ByteWriter& w) { return write_cname(w, {kSender, "alice"}); }},
    {"CNAME to the word", kCnameToTheWordBytes, [](ByteWriter& w) { return write_cname(w, {kSender, "bo"}); }},
    {"BYE", kByeBytes, [](ByteWriter& w) { return write_bye(w, kSender); }},
    {"NACK", kNackBytes, [](ByteWriter& w) { return write_nack(w, kSender, kFirst, kLost); }},
    {"PLI", kPliBytes, [](ByteWriter& w) { return write_pli(w, {kSender, kFirst}); }},
    {"FIR", kFirBytes, [](ByteWriter& w) { return write_fir(w, kSender, kAsked); }},
    {"REMB", kRembBytes,
     [](ByteWriter& w) { return write_remb(w, kSender, Bitrate(2'000'000), std::array{kFirst, kSecond}); }},
    {"RRTR", kReferenceTimeBytes, [](ByteWriter& w) { return write_reference_time(w, kSender, kInfo.ntp); }},
    {"DLRR", kDlrrBytes, [](ByteWriter& w) { return write_dlrr(w, kSender, kDelays); }},
};

TEST(RtcpVectors, AreWritten) {
  for (const Vector& vector : kVectors) {
    Bytes out(vector.bytes.size());
    ByteWriter writer(out);
    EXPECT_TRUE(vector.write(writer)) << vector.name;
    EXPECT_EQ(out, vector.bytes) << vector.name;
  }
}

RtcpPacket part(const Bytes& bytes) {
  return RtcpReader(bytes).next().value_or(RtcpPacket{});
}

TEST(RtcpVectors, OfReportsAreRead) {
  const auto sr = parse_sender_report(part(kSenderReportBytes));
  ASSERT_TRUE(sr);
  EXPECT_EQ(sr->sender, kSender);
  EXPECT_EQ(sr->info, kInfo);
  ASSERT_EQ(sr->blocks.size(), 2U);
  EXPECT_EQ(sr->blocks[0], kBlocks[0]);
  EXPECT_EQ(sr->blocks[1], kBlocks[1]);
  const auto rr = parse_receiver_report(part(kReceiverReportBytes));
  ASSERT_TRUE(rr && rr->blocks.size() == 1);
  EXPECT_EQ(rr->sender, kSender);
  EXPECT_EQ(rr->blocks[0], kBlocks[1]);
}

TEST(RtcpVectors, OfWhoSpeaksAndWhoLeavesAreRead) {
  for (const auto& [bytes, text] : {std::pair(kCnameBytes, "alice"), std::pair(kCnameToTheWordBytes, "bo")}) {
    const RtcpPacket packet = part(bytes);
    CnameReader reader(packet);
    const auto cname = reader.next();
    ASSERT_TRUE(cname);
    EXPECT_EQ(cname->ssrc, kSender);
    EXPECT_EQ(cname->text, text);
    EXPECT_FALSE(reader.next());
  }
  const auto bye = parse_bye(part(kByeBytes));
  ASSERT_TRUE(bye && bye->size() == 1);
  EXPECT_EQ((*bye)[0].ssrc, kSender);
}

TEST(RtcpVectors, OfFeedbackAreRead) {
  const auto nack = parse_nack(part(kNackBytes));
  ASSERT_TRUE(nack && nack->items.size() == 2);
  EXPECT_EQ(nack->sender, kSender);
  EXPECT_EQ(nack->media, kFirst);
  std::vector<std::uint16_t> lost;
  nack->each_lost([&](SeqNo seq) { lost.push_back(seq.value()); });
  EXPECT_EQ(lost, (std::vector<std::uint16_t>{65534, 65535, 1, 14, 0x0102}));

  const auto pli = parse_pli(part(kPliBytes));
  ASSERT_TRUE(pli);
  EXPECT_EQ(pli->sender, kSender);
  EXPECT_EQ(pli->media, kFirst);

  const auto fir = parse_fir(part(kFirBytes));
  ASSERT_TRUE(fir && fir->items.size() == 2);
  EXPECT_EQ(fir->sender, kSender);
  EXPECT_EQ(fir->items[0], kAsked[0]);
  EXPECT_EQ(fir->items[1], kAsked[1]);

  const auto remb = parse_remb(part(kRembBytes));
  ASSERT_TRUE(remb && remb->sources.size() == 2);
  EXPECT_EQ(remb->sender, kSender);
  EXPECT_EQ(remb->bitrate, Bitrate(2'000'000));
  EXPECT_EQ(remb->sources[0].ssrc, kFirst);
  EXPECT_EQ(remb->sources[1].ssrc, kSecond);
}

TEST(RtcpVectors, OfExtendedReportsAreRead) {
  const auto reference = parse_extended_report(part(kReferenceTimeBytes));
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->sender, kSender);
  EXPECT_EQ(reference->reference_time, kInfo.ntp);
  const auto dlrr = parse_extended_report(part(kDlrrBytes));
  ASSERT_TRUE(dlrr && dlrr->delays.size() == 2);
  EXPECT_EQ(dlrr->sender, kSender);
  EXPECT_EQ(dlrr->delays[0], kDelays[0]);
  EXPECT_EQ(dlrr->delays[1], kDelays[1]);
}

}  // namespace
}  // namespace consomme::wire
