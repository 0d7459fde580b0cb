#include "sfu/wire/rtcp.h"

#include "sfu/wire/rtcp_feedback.h"
#include "sfu/wire/rtcp_report.h"
#include "sfu/wire/rtcp_xr.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Whatever `write` appends.
template <class Write>
Bytes written(Write write) {
  Bytes out(2000);
  ByteWriter writer(out);
  EXPECT_TRUE(write(writer));
  out.resize(writer.size());
  return out;
}

RtcpPacket only_part(const Bytes& bytes) {
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  EXPECT_TRUE(packet);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
  return packet.value_or(RtcpPacket{});
}

// All-or-nothing: with less room than needed nothing is written, and the writer stays good for smaller parts.
template <class Write>
void expect_all_or_nothing(Write write) {
  const std::size_t needed = written(write).size();
  for (std::size_t room = 0; room < needed; ++room) {
    Bytes out(room);
    ByteWriter writer(out);
    EXPECT_FALSE(write(writer)) << room;
    EXPECT_EQ(writer.size(), 0U);
    EXPECT_TRUE(writer.ok());
  }
}

const ReportBlock kBlock{.ssrc = Ssrc(0x01020304),
                         .fraction_lost = 128,
                         .cumulative_lost = -5,
                         .highest_seq = 0x00011234,
                         .jitter = 90,
                         .last_sender_report = 0xaabbccdd,
                         .since_sender_report = 65536};
const SenderInfo kInfo{.ntp = NtpTime(0x0102030405060708), .rtp = RtpTimestamp(9), .packets = 10, .payload_bytes = 11};

TEST(Rtcp, WalksACompoundPacket) {
  const Bytes bytes = written([](ByteWriter& w) {
    return write_sender_report(w, Ssrc(1), kInfo, {}) && write_cname(w, {Ssrc(1), "abc"}) && write_bye(w, Ssrc(1));
  });
  RtcpReader reader(bytes);
  EXPECT_EQ(reader.next()->type, RtcpType::kSenderReport);
  EXPECT_EQ(reader.next()->type, RtcpType::kSourceDescription);
  EXPECT_EQ(reader.next()->type, RtcpType::kBye);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
}

TEST(Rtcp, StopsAtAPartThatSaysMoreThanIsThere) {
  for (int words = 0; words < 256; ++words) {
    Bytes bytes(20);
    bytes[0] = 0x80;
    bytes[1] = 201;
    bytes[3] = static_cast<std::uint8_t>(words);
    RtcpReader reader(bytes);
    const bool fits = words <= 4;
    EXPECT_EQ(reader.next().has_value(), fits) << words;
    EXPECT_EQ(reader.ok(), fits) << words;
  }
}

TEST(Rtcp, KeepsWhatCameBeforeABrokenPart) {
  Bytes bytes = written([](ByteWriter& w) { return write_pli(w, {Ssrc(1), Ssrc(2)}); });
  bytes.insert(bytes.end(), {0x80, 201, 0, 9});
  RtcpReader reader(bytes);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.next());
}

TEST(Rtcp, RefusesEveryVersionButTwo) {
  for (int first = 0; first < 256; ++first) {
    Bytes bytes = {static_cast<std::uint8_t>(first & 0xdf), 203, 0, 0};
    EXPECT_EQ(RtcpReader(bytes).next().has_value(), first >> 6 == 2) << first;
  }
}

TEST(Rtcp, TakesEveryAmountOfPaddingThatFitsAndNoOther) {
  for (int padding = 0; padding < 256; ++padding) {
    Bytes bytes(4 + 40);
    bytes[0] = 0xa0;
    bytes[1] = 204;
    bytes[3] = 10;
    bytes.back() = static_cast<std::uint8_t>(padding);
    const auto packet = RtcpReader(bytes).next();
    ASSERT_EQ(packet.has_value(), padding >= 1 && padding <= 40) << padding;
    EXPECT_EQ(packet ? packet->body.size() : 0, packet ? 40U - static_cast<unsigned>(padding) : 0U);
  }
  EXPECT_FALSE(RtcpReader(Bytes{0xa0, 204, 0, 0}).next());
}

TEST(Reports, SenderReportGoesThrough) {
  const auto write = [](ByteWriter& w) {
    return write_sender_report(w, Ssrc(7), kInfo, std::vector<ReportBlock>(31, kBlock));
  };
  const Bytes bytes = written(write);
  const auto report = parse_sender_report(only_part(bytes));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender, Ssrc(7));
  EXPECT_EQ(report->info, kInfo);
  ASSERT_EQ(report->blocks.size(), 31U);
  for (const ReportBlock block : report->blocks) EXPECT_EQ(block, kBlock);
  expect_all_or_nothing(write);
}

TEST(Reports, ReceiverReportGoesThrough) {
  const auto write = [](ByteWriter& w) { return write_receiver_report(w, Ssrc(7), std::array{kBlock}); };
  const Bytes bytes = written(write);
  const auto report = parse_receiver_report(only_part(bytes));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender, Ssrc(7));
  ASSERT_EQ(report->blocks.size(), 1U);
  EXPECT_EQ(report->blocks[0], kBlock);
  expect_all_or_nothing(write);
}

TEST(Reports, NoMoreBlocksAreWrittenThanTheCountCanSay) {
  Bytes out(2000);
  ByteWriter writer(out);
  EXPECT_FALSE(write_receiver_report(writer, Ssrc(1), std::vector<ReportBlock>(32)));
  EXPECT_FALSE(write_sender_report(writer, Ssrc(1), kInfo, std::vector<ReportBlock>(32)));
  EXPECT_EQ(writer.size(), 0U);
}

TEST(Reports, CountsThatAreNotThereAreRefused) {
  for (std::uint8_t count = 0; count < 32; ++count) {
    const Bytes body(4 + 20 + 2 * ReportBlock::kBytes);
    const RtcpPacket sr{RtcpType::kSenderReport, count, body};
    const RtcpPacket rr{RtcpType::kReceiverReport, count, ByteView(body).first(4 + 2 * ReportBlock::kBytes)};
    EXPECT_EQ(parse_sender_report(sr).has_value(), count <= 2) << int{count};
    EXPECT_EQ(parse_receiver_report(rr).has_value(), count <= 2) << int{count};
  }
  EXPECT_FALSE(parse_receiver_report({RtcpType::kReceiverReport, 0, {}}));
}

TEST(Reports, CumulativeLossStaysAtItsBounds) {
  for (const auto& [lost, kept] : {std::pair(0x7fffffff, 0x7fffff), std::pair(-0x7fffffff, -0x800000)}) {
    const Bytes bytes = written([said = lost](ByteWriter& w) {
      return write_receiver_report(w, Ssrc(7), std::array{ReportBlock{.ssrc = Ssrc(1), .cumulative_lost = said}});
    });
    EXPECT_EQ(parse_receiver_report(only_part(bytes))->blocks[0].cumulative_lost, kept);
  }
}

TEST(SourceDescription, CnameOfEveryLengthGoesThrough) {
  for (std::size_t n = 0; n < 256; ++n) {
    const std::string text(n, 'x');
    const Bytes bytes = written([&](ByteWriter& w) { return write_cname(w, {Ssrc(5), text}); });
    EXPECT_EQ(bytes.size() % 4, 0U);
    const RtcpPacket packet = only_part(bytes);
    CnameReader reader(packet);
    const auto cname = reader.next();
    ASSERT_TRUE(cname) << n;
    EXPECT_EQ(cname->ssrc, Ssrc(5));
    EXPECT_EQ(cname->text, text);
    EXPECT_FALSE(reader.next());
  }
  expect_all_or_nothing([](ByteWriter& w) { return write_cname(w, {Ssrc(5), "abc"}); });
  Bytes out(500);
  ByteWriter writer(out);
  EXPECT_FALSE(write_cname(writer, {Ssrc(5), std::string(256, 'x')}));
}

TEST(SourceDescription, PassesOverOtherItemsAndChunks) {
  const Bytes body = {0, 0, 0, 1, 2, 2, 'n', 'o', 0, 0,   0, 0,   // NAME only
                      0, 0, 0, 2, 2, 1, 'n', 1,   1, 'c', 0, 0};  // NAME, CNAME
  CnameReader reader({RtcpType::kSourceDescription, 2, body});
  const auto cname = reader.next();
  ASSERT_TRUE(cname);
  EXPECT_EQ(cname->ssrc, Ssrc(2));
  EXPECT_EQ(cname->text, "c");
  EXPECT_FALSE(reader.next());
}

TEST(SourceDescription, ItemsThatLeaveThePartAreRefused) {
  for (int length = 0; length < 256; ++length) {
    const Bytes body = {0, 0, 0, 1, 1, static_cast<std::uint8_t>(length), 'a', 0};
    CnameReader reader({RtcpType::kSourceDescription, 31, body});
    EXPECT_EQ(reader.next().has_value(), length == 1) << length;
    EXPECT_FALSE(reader.next());
  }
}

TEST(Bye, ListsItsSources) {
  const Bytes bytes = written([](ByteWriter& w) { return write_bye(w, Ssrc(9)); });
  const auto sources = parse_bye(only_part(bytes));
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 1U);
  EXPECT_EQ((*sources)[0].ssrc, Ssrc(9));
  for (std::uint8_t count = 0; count < 32; ++count) {
    EXPECT_EQ(parse_bye({RtcpType::kBye, count, Bytes(12)}).has_value(), count <= 3) << int{count};
  }
}

TEST(Nack, PacksNeighboursAndAcrossTheWrap) {
  const std::array lost = {SeqNo(65534), SeqNo(65535), SeqNo(14), SeqNo(15), SeqNo(100)};
  std::array<NackItem, 8> items;
  const PackedNack packed = pack_nack(lost, items);
  EXPECT_EQ(packed.numbers, 5U);
  ASSERT_EQ(packed.items, 3U);
  EXPECT_EQ(items[0], (NackItem{SeqNo(65534), 0x8001}));
  EXPECT_EQ(items[1], (NackItem{SeqNo(15), 0}));
  EXPECT_EQ(items[2], (NackItem{SeqNo(100), 0}));
}

TEST(Nack, PackingStopsWhenFull) {
  const std::array lost = {SeqNo(1), SeqNo(2), SeqNo(100), SeqNo(200)};
  std::array<NackItem, 2> items;
  const PackedNack packed = pack_nack(lost, items);
  EXPECT_EQ(packed.items, 2U);
  EXPECT_EQ(packed.numbers, 3U);
}

TEST(Nack, GoesThrough) {
  const std::array items = {NackItem{SeqNo(65535), 0x8001}, NackItem{SeqNo(7), 0}};
  const auto write = [&](ByteWriter& w) { return write_nack(w, Ssrc(1), Ssrc(2), items); };
  const Bytes bytes = written(write);
  const auto nack = parse_nack(only_part(bytes));
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->sender, Ssrc(1));
  EXPECT_EQ(nack->media, Ssrc(2));
  std::vector<std::uint16_t> lost;
  nack->each_lost([&](SeqNo seq) { lost.push_back(seq.value()); });
  EXPECT_EQ(lost, (std::vector<std::uint16_t>{65535, 0, 15, 7}));
  expect_all_or_nothing(write);
}

TEST(Feedback, KeyFrameRequestsGoThrough) {
  const Bytes pli = written([](ByteWriter& w) { return write_pli(w, {Ssrc(1), Ssrc(2)}); });
  EXPECT_EQ(parse_pli(only_part(pli))->media, Ssrc(2));
  const std::array items = {FirItem{Ssrc(3), 4}, FirItem{Ssrc(5), 255}};
  const auto write = [&](ByteWriter& w) { return write_fir(w, Ssrc(1), items); };
  const Bytes bytes = written(write);
  const auto fir = parse_fir(only_part(bytes));
  ASSERT_TRUE(fir);
  EXPECT_EQ(fir->sender, Ssrc(1));
  ASSERT_EQ(fir->items.size(), 2U);
  EXPECT_EQ(fir->items[0], items[0]);
  EXPECT_EQ(fir->items[1], items[1]);
  expect_all_or_nothing(write);
}

TEST(Feedback, EachParserTakesItsOwnTypeAndFormatOnly) {
  const Bytes body(32);
  for (int type = 192; type < 256; ++type) {
    for (std::uint8_t format = 0; format < 32; ++format) {
      const RtcpPacket packet{RtcpType{static_cast<std::uint8_t>(type)}, format, body};
      EXPECT_EQ(parse_nack(packet).has_value(), type == 205 && format == 1);
      EXPECT_EQ(parse_pli(packet).has_value(), type == 206 && format == 1);
      EXPECT_EQ(parse_fir(packet).has_value(), type == 206 && format == 4);
      EXPECT_FALSE(parse_remb(packet)) << "there is no name in it";
    }
  }
}

TEST(Feedback, ShortBodiesAreRefused) {
  for (std::size_t n = 0; n < 8; ++n) {
    const Bytes body(n);
    EXPECT_FALSE(parse_nack({RtcpType::kRtpFeedback, 1, body}));
    EXPECT_FALSE(parse_pli({RtcpType::kPayloadFeedback, 1, body}));
    EXPECT_FALSE(parse_fir({RtcpType::kPayloadFeedback, 4, body}));
    EXPECT_FALSE(parse_remb({RtcpType::kPayloadFeedback, 15, body}));
  }
  const Bytes body(8 + 4 + 3);
  EXPECT_EQ(parse_nack({RtcpType::kRtpFeedback, 1, body})->items.size(), 1U) << "whole items only";
}

TEST(Remb, BitratesGoThroughTo18Bits) {
  for (const std::int64_t rate : {std::int64_t{0}, std::int64_t{262'143}, std::int64_t{262'144},
                                  std::int64_t{2'500'000}, std::int64_t{10'000'000'000}}) {
    const std::array sources = {Ssrc(1), Ssrc(2)};
    const auto write = [&](ByteWriter& w) { return write_remb(w, Ssrc(9), Bitrate(rate), sources); };
    const Bytes bytes = written(write);
    const auto remb = parse_remb(only_part(bytes));
    ASSERT_TRUE(remb);
    EXPECT_LE(remb->bitrate.value(), rate);
    EXPECT_GE(remb->bitrate.value(), rate - rate / 100'000);
    EXPECT_EQ(remb->sources.size(), 2U);
    EXPECT_EQ(remb->sources[1].ssrc, Ssrc(2));
    expect_all_or_nothing(write);
  }
}

TEST(Remb, EveryExponentAndSourceCountIsBounded) {
  Bytes bytes = written([](ByteWriter& w) { return write_remb(w, Ssrc(9), Bitrate(1), std::array{Ssrc(1)}); });
  for (int exponent = 0; exponent < 64; ++exponent) {
    bytes[17] = static_cast<std::uint8_t>(exponent << 2 | 3);
    const auto remb = parse_remb(only_part(bytes));
    ASSERT_TRUE(remb);
    EXPECT_GT(remb->bitrate.value(), 0) << exponent;
  }
  for (int count = 0; count < 256; ++count) {
    bytes[16] = static_cast<std::uint8_t>(count);
    EXPECT_EQ(parse_remb(only_part(bytes)).has_value(), count <= 1) << count;
  }
}

TEST(ExtendedReports, ReferenceTimeAndDelaysGoThrough) {
  const NtpTime now(0x1122334455667788);
  const Bytes rrtr = written([&](ByteWriter& w) { return write_reference_time(w, Ssrc(1), now); });
  EXPECT_EQ(parse_extended_report(only_part(rrtr))->reference_time, now);
  const std::array items = {DlrrItem{Ssrc(1), 2, 3}, DlrrItem{Ssrc(4), 5, 6}};
  const auto write = [&](ByteWriter& w) { return write_dlrr(w, Ssrc(7), items); };
  const Bytes dlrr = written(write);
  const auto report = parse_extended_report(only_part(dlrr));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender, Ssrc(7));
  EXPECT_FALSE(report->reference_time);
  ASSERT_EQ(report->delays.size(), 2U);
  EXPECT_EQ(report->delays[1], items[1]);
  expect_all_or_nothing(write);
}

TEST(ExtendedReports, BlocksOfEveryTypeAndLengthAreBounded) {
  for (int type = 0; type < 256; ++type) {
    for (int words = 0; words < 8; ++words) {
      Bytes body(4 + 4 + 12);
      body[4] = static_cast<std::uint8_t>(type);
      body[7] = static_cast<std::uint8_t>(words);
      const auto report = parse_extended_report({RtcpType::kExtendedReport, 0, body});
      if (words > 3) {
        EXPECT_FALSE(report) << type << " " << words;
      } else if (report) {
        EXPECT_EQ(report->reference_time.has_value(), type == 4 && words == 2);
        EXPECT_EQ(report->delays.size(), type == 5 && words == 3 ? 1U : 0U);
      }
    }
  }
}

}  // namespace
}  // namespace consomme::wire
