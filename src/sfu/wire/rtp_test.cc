#include "sfu/wire/rtp.h"

#include <algorithm>

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A packet with the given first byte, whose body (behind the twelve fixed bytes) is `body`.
Bytes packet(std::uint8_t first, const Bytes& body) {
  Bytes bytes = {first, 0xe0, 0x12, 0x34, 0, 0, 0x10, 0, 0xca, 0xfe, 0xba, 0xbe};
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Bytes with_extension(std::uint16_t profile, const Bytes& elements) {
  Bytes body = {static_cast<std::uint8_t>(profile >> 8), static_cast<std::uint8_t>(profile), 0,
                static_cast<std::uint8_t>((elements.size() + 3) / 4)};
  body.insert(body.end(), elements.begin(), elements.end());
  body.resize((body.size() + 3) / 4 * 4);
  body.push_back(0x55);
  return packet(0x90, body);
}

ExtensionIds ids_of(std::initializer_list<std::pair<std::uint8_t, HeaderExtension>> pairs) {
  ExtensionIds ids;
  for (const auto& [id, kind] : pairs) ids.set(ExtensionId(id), kind);
  return ids;
}

ExtensionSlices slices_of(const Bytes& bytes, const ExtensionIds& ids) {
  const auto view = parse_rtp(bytes);
  EXPECT_TRUE(view.has_value());
  return view ? read_extensions(bytes, *view, ids) : ExtensionSlices{};
}

Bytes value_of(const Bytes& bytes, const ExtensionSlices& slices, HeaderExtension kind) {
  const ExtensionSlice slice = slices[static_cast<std::size_t>(kind)];
  return {bytes.begin() + slice.offset, bytes.begin() + slice.offset + slice.size};
}

bool has(const ExtensionSlices& slices, HeaderExtension kind) {
  return slices[static_cast<std::size_t>(kind)].offset != 0;
}

TEST(Rtp, ReadsTheFixedHeader) {
  const Bytes bytes = packet(0x80, {1, 2, 3});
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->marker);
  EXPECT_EQ(view->payload_type, PayloadType(0x60));
  EXPECT_EQ(view->seq, SeqNo(0x1234));
  EXPECT_EQ(view->timestamp, RtpTimestamp(0x1000));
  EXPECT_EQ(view->ssrc, Ssrc(0xcafebabe));
  EXPECT_EQ(view->payload_offset, 12);
  EXPECT_EQ(view->payload_bytes, 3);
  EXPECT_EQ(rtp_header_bytes(bytes), 12U);
}

TEST(Rtp, RefusesEveryVersionButTwo) {
  for (int first = 0; first < 256; ++first) {
    const Bytes bytes = packet(static_cast<std::uint8_t>(first & 0xc0), {1});
    EXPECT_EQ(parse_rtp(bytes).has_value(), first >> 6 == 2) << first;
  }
}

TEST(Rtp, RefusesWhatIsShorterThanTheFixedHeader) {
  const Bytes bytes = packet(0x80, {});
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(parse_rtp(ByteView(bytes).first(n)).error(), RtpError::kShort) << n;
    EXPECT_EQ(rtp_header_bytes(ByteView(bytes).first(n)), 0U) << n;
  }
}

TEST(Rtp, RefusesWhatOffsetsOfSixteenBitsCanNotReach) {
  Bytes bytes = packet(0x80, {});
  bytes.resize(0x10000);
  EXPECT_EQ(parse_rtp(bytes).error(), RtpError::kLong);
}

TEST(Rtp, SkipsEveryCountOfCsrcsThatIsThere) {
  for (std::uint8_t count = 0; count < 16; ++count) {
    const Bytes whole = packet(0x80 | count, Bytes(count * 4U + 1));
    ASSERT_TRUE(parse_rtp(whole)) << int{count};
    EXPECT_EQ(parse_rtp(whole)->payload_offset, 12 + 4 * count);
    if (count == 0) continue;
    const Bytes cut = packet(0x80 | count, Bytes(count * 4U - 1));
    EXPECT_EQ(parse_rtp(cut).error(), RtpError::kCsrc) << int{count};
  }
}

TEST(Rtp, BoundsEveryExtensionLengthByThePacket) {
  for (std::uint16_t words = 0; words < 256; ++words) {
    for (const std::size_t there : {std::size_t{0}, std::size_t{4}, std::size_t{64}, std::size_t{1020}}) {
      Bytes body = {0xbe, 0xde, 0, static_cast<std::uint8_t>(words)};
      body.resize(4 + there);
      const auto view = parse_rtp(packet(0x90, body));
      EXPECT_EQ(view.has_value(), words * 4U <= there) << words << " " << there;
      EXPECT_EQ(view ? view->payload_offset : 0, view ? 16 + words * 4 : 0);
    }
  }
  EXPECT_EQ(parse_rtp(packet(0x90, {0xbe, 0xde, 0})).error(), RtpError::kExtension);
  EXPECT_EQ(parse_rtp(packet(0x90, {0xbe, 0xde, 0xff, 0xff})).error(), RtpError::kExtension);
}

TEST(Rtp, TakesEveryAmountOfPaddingThatFitsAndNoOther) {
  constexpr std::size_t kBody = 100;
  for (int padding = 0; padding < 256; ++padding) {
    Bytes body(kBody);
    body.back() = static_cast<std::uint8_t>(padding);
    const auto view = parse_rtp(packet(0xa0, body));
    const bool fits = padding >= 1 && padding <= static_cast<int>(kBody);
    ASSERT_EQ(view.has_value(), fits) << padding;
    if (!fits) {
      EXPECT_EQ(view.error(), RtpError::kPadding);
      continue;
    }
    EXPECT_EQ(view->padding_bytes, padding);
    EXPECT_EQ(view->payload_bytes, kBody - static_cast<std::size_t>(padding));
  }
}

TEST(Rtp, NeverTakesTheHeaderForPadding) {
  EXPECT_EQ(parse_rtp(packet(0xa0, {})).error(), RtpError::kPadding);
  EXPECT_EQ(rtp_header_bytes(packet(0xa0, {})), 12U) << "padding may still be encrypted";
}

// A CSRC, an extension of two elements, payload and padding: every byte takes every value, and nothing that is read
// then lies outside. The copy is exactly as large as the packet, so that a sanitizer sees it too.
void expect_within(const Bytes& bytes, const ExtensionIds& ids) {
  const auto view = parse_rtp(bytes);
  if (!view) return;
  EXPECT_EQ(std::size_t{view->payload_offset} + view->payload_bytes + view->padding_bytes, bytes.size());
  EXPECT_LE(view->extension_offset + view->extension_bytes, view->payload_offset);
  for (const ExtensionSlice& slice : read_extensions(bytes, *view, ids)) {
    if (slice.offset == 0) continue;
    EXPECT_GE(slice.offset, view->extension_offset);
    EXPECT_LE(slice.offset + slice.size, view->extension_offset + view->extension_bytes);
  }
}

TEST(Rtp, ReadsNothingOutsideThePacketWhateverAByteSays) {
  ExtensionIds ids;
  for (std::size_t id = 1; id < 256; ++id)
    ids.set(ExtensionId(static_cast<std::uint8_t>(id)), static_cast<HeaderExtension>(id % kHeaderExtensionCount));
  for (const std::uint8_t form : {std::uint8_t{0xbe}, std::uint8_t{0x10}}) {
    const std::uint8_t form_low = form == 0xbe ? 0xde : 0;
    const Bytes good = packet(0xb1, {0, 0, 0, 1, form, form_low, 0, 2, 0x10, 1, 'a', 0x51, 0, 7, 0, 0, 9, 9, 3, 3, 3});
    for (std::size_t at = 0; at < good.size(); ++at)
      for (int value = 0; value < 256; ++value) {
        SCOPED_TRACE(testing::Message() << "byte " << at << " is " << value);
        Bytes bytes = good;
        bytes[at] = static_cast<std::uint8_t>(value);
        expect_within(bytes, ids);
      }
  }
}

TEST(RtpExtensions, ReadsOneByteElementsPastPadding) {
  const Bytes bytes = with_extension(0xbede, {0x10, 'a', 0, 0, 0x52, 1, 2, 3});
  const auto slices = slices_of(bytes, ids_of({{1, HeaderExtension::kMid}, {5, HeaderExtension::kAbsSendTime}}));
  EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kMid), Bytes({'a'}));
  EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kAbsSendTime), Bytes({1, 2, 3}));
}

TEST(RtpExtensions, ReadsTwoByteElementsWhateverTheApplicationBits) {
  for (std::uint16_t bits = 0; bits < 16; ++bits) {
    const Bytes bytes = with_extension(static_cast<std::uint16_t>(0x1000 | bits), {1, 0, 0, 200, 2, 7, 8});
    const auto slices = slices_of(bytes, ids_of({{1, HeaderExtension::kMid}, {200, HeaderExtension::kRtpStreamId}}));
    EXPECT_TRUE(has(slices, HeaderExtension::kMid));
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kMid), Bytes());
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kRtpStreamId), Bytes({7, 8}));
  }
}

TEST(RtpExtensions, MapsEveryIdOfBothForms) {
  for (int id = 1; id < 256; ++id) {
    const auto number = static_cast<std::uint8_t>(id);
    const ExtensionIds ids = ids_of({{number, HeaderExtension::kMid}});
    EXPECT_TRUE(has(slices_of(with_extension(0x1000, {number, 1, 'x'}), ids), HeaderExtension::kMid)) << id;
    if (id <= 15) {
      const Bytes bytes = with_extension(0xbede, {static_cast<std::uint8_t>(id << 4), 'x'});
      EXPECT_EQ(has(slices_of(bytes, ids), HeaderExtension::kMid), id != 15) << id;
    }
  }
}

TEST(RtpExtensions, LooksBehindNeitherId15NorAZeroWithLength) {
  const ExtensionIds ids = ids_of({{1, HeaderExtension::kMid}, {2, HeaderExtension::kRtpStreamId}});
  for (const std::uint8_t stop : {std::uint8_t{0xf0}, std::uint8_t{0x01}}) {
    const Bytes bytes = with_extension(0xbede, {0x10, 'a', stop, 0, 0, 0x20, 'b'});
    const auto slices = slices_of(bytes, ids);
    EXPECT_TRUE(has(slices, HeaderExtension::kMid));
    EXPECT_FALSE(has(slices, HeaderExtension::kRtpStreamId)) << int{stop};
  }
}

TEST(RtpExtensions, KeepsWhatCameBeforeAnElementThatDoesNotFit) {
  const ExtensionIds ids = ids_of({{1, HeaderExtension::kMid}, {2, HeaderExtension::kRtpStreamId}});
  const auto one = slices_of(with_extension(0xbede, {0x10, 'a', 0x2f, 'b'}), ids);
  EXPECT_TRUE(has(one, HeaderExtension::kMid));
  EXPECT_FALSE(has(one, HeaderExtension::kRtpStreamId));
  const auto two = slices_of(with_extension(0x1000, {1, 1, 'a', 2, 5, 'b', 0, 0}), ids);
  EXPECT_TRUE(has(two, HeaderExtension::kMid));
  EXPECT_FALSE(has(two, HeaderExtension::kRtpStreamId));
}

TEST(RtpExtensions, FirstOfTwoWithOneIdCounts) {
  const Bytes bytes = with_extension(0xbede, {0x10, 'a', 0x10, 'b'});
  EXPECT_EQ(value_of(bytes, slices_of(bytes, ids_of({{1, HeaderExtension::kMid}})), HeaderExtension::kMid),
            Bytes({'a'}));
}

TEST(RtpExtensions, KnowsNoOtherProfile) {
  const Bytes bytes = with_extension(0xabac, {0x10, 'a', 0, 0});
  EXPECT_FALSE(has(slices_of(bytes, ids_of({{1, HeaderExtension::kMid}})), HeaderExtension::kMid));
}

TEST(RtpWriter, WritesAHeaderThatIsReadBack) {
  const RtpHeader header{.payload_type = PayloadType(101),
                         .marker = true,
                         .seq = SeqNo(65535),
                         .timestamp = RtpTimestamp(0xdeadbeef),
                         .ssrc = Ssrc(7)};
  std::array<std::uint8_t, 12> bytes;
  ByteWriter writer(bytes);
  write_rtp_header(writer, header);
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->payload_type, header.payload_type);
  EXPECT_EQ(view->marker, header.marker);
  EXPECT_EQ(view->seq, header.seq);
  EXPECT_EQ(view->timestamp, header.timestamp);
  EXPECT_EQ(view->ssrc, header.ssrc);
}

// Laid out by hand after RFC 3550 §5.1 and RFC 8285 §4.2, §4.3: V=2 X=1, M and the payload type; then elements whose
// length byte says one less (one-byte form), or what it is (two-byte form); zeros to the end of the word.
TEST(RtpWriter, WritesTheBytesOfTheRfcs) {
  const Bytes one_byte_form = {0x90, 0xe5, 0xff, 0xfe, 0xde, 0xad, 0xbe, 0xef, 0x90, 0x2f, 0x9e, 0x2e,  // fixed header
                               0xbe, 0xde, 0x00, 0x02, 0x10, 'v',  0xe2, 0x01, 0x02, 0x03, 0x00, 0x00};
  const Bytes two_byte_form = {0x90, 0xe5, 0xff, 0xfe, 0xde, 0xad, 0xbe, 0xef, 0x90, 0x2f, 0x9e, 0x2e,  // fixed header
                               0x10, 0x00, 0x00, 0x02, 0x01, 0x01, 'v',  0x0f, 0x03, 0x01, 0x02, 0x03};
  for (const auto& [expected, id] : {std::pair(one_byte_form, 14), std::pair(two_byte_form, 15)}) {
    Bytes out(100);
    ByteWriter writer(out);
    write_rtp_header(writer, {.payload_type = PayloadType(101),
                              .marker = true,
                              .has_extension = true,
                              .seq = SeqNo(65534),
                              .timestamp = RtpTimestamp(0xdeadbeef),
                              .ssrc = Ssrc(0x902f9e2e)});
    ExtensionWriter extensions(ByteSpan(out).subspan(writer.size()));
    extensions.add(ExtensionId(1), as_bytes("v"));
    extensions.add(ExtensionId(static_cast<std::uint8_t>(id)), Bytes{1, 2, 3});
    out.resize(writer.size() + extensions.finish());
    EXPECT_EQ(out, expected);
  }
}

TEST(RtpWriter, WritesNoPartOfAHeaderThatDoesNotFit) {
  std::array<std::uint8_t, 11> bytes{};
  ByteWriter writer(bytes);
  write_rtp_header(writer, RtpHeader{.ssrc = Ssrc(7)});
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 0U);
}

// Writes the elements as a packet; each value is `size` times the id.
struct Element {
  std::uint8_t id;
  std::size_t size;
};
Bytes write_packet(const std::vector<Element>& elements) {
  Bytes out(1500);
  ByteWriter writer(out);
  write_rtp_header(writer, RtpHeader{.has_extension = true});
  ExtensionWriter extension(ByteSpan(out).subspan(writer.size()));
  for (const Element& e : elements) EXPECT_TRUE(extension.add(ExtensionId(e.id), Bytes(e.size, e.id)));
  out.resize(writer.size() + extension.finish());
  return out;
}

TEST(ExtensionWriter, StaysInTheOneByteFormWhileItCan) {
  const Bytes bytes = write_packet({{1, 1}, {14, 16}});
  const auto view = parse_rtp(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->extension_profile, 0xbede);
  EXPECT_EQ(bytes.size() % 4, 0U);
  const auto slices = slices_of(bytes, ids_of({{1, HeaderExtension::kMid}, {14, HeaderExtension::kAudioLevel}}));
  EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kMid), Bytes(1, 1));
  EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kAudioLevel), Bytes(16, 14));
}

TEST(ExtensionWriter, ChangesToTheTwoByteFormForLargeIdsAndOddSizes) {
  for (const Element odd : {Element{15, 1}, Element{255, 3}, Element{2, 0}, Element{2, 17}, Element{2, 255}}) {
    const Bytes bytes = write_packet({{1, 3}, odd, {3, 2}});
    const auto view = parse_rtp(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->extension_profile, 0x1000);
    const auto slices = slices_of(bytes, ids_of({{1, HeaderExtension::kMid},
                                                 {odd.id, HeaderExtension::kAudioLevel},
                                                 {3, HeaderExtension::kTransportWideCc}}));
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kMid), Bytes(3, 1));
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kAudioLevel), Bytes(odd.size, odd.id));
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kTransportWideCc), Bytes(2, 3));
  }
}

TEST(ExtensionWriter, WidensWhatFillsTheOneByteFormToItsLastId) {
  std::vector<Element> elements;
  for (std::uint8_t id = 1; id <= 14; ++id) elements.push_back({id, 16});
  elements.push_back({16, 1});
  const Bytes bytes = write_packet(elements);
  for (std::uint8_t id = 1; id <= 14; ++id) {
    const auto slices = slices_of(bytes, ids_of({{id, HeaderExtension::kMid}}));
    EXPECT_EQ(value_of(bytes, slices, HeaderExtension::kMid), Bytes(16, id));
  }
}

TEST(ExtensionWriter, RefusesWhatCanNotBeSaid) {
  Bytes out(1500);
  ExtensionWriter writer(out);
  EXPECT_FALSE(writer.add(ExtensionId(0), Bytes(1)));
  EXPECT_FALSE(writer.add(ExtensionId(1), Bytes(256)));
  EXPECT_EQ(writer.finish(), 0U);
}

TEST(ExtensionWriter, NeverWritesBeyondItsSpan) {
  for (std::size_t room = 0; room <= 80; ++room) {
    Bytes out(room + 8, 0xee);
    ExtensionWriter writer(ByteSpan(out).first(room));
    for (const Element e : {Element{1, 16}, Element{2, 16}, Element{3, 17}, Element{4, 3}, Element{5, 1}}) {
      writer.add(ExtensionId(e.id), Bytes(e.size));
    }
    EXPECT_LE(writer.finish(), room);
    EXPECT_TRUE(std::all_of(out.begin() + static_cast<std::ptrdiff_t>(room), out.end(), [](std::uint8_t b) {
      return b == 0xee;
    })) << room;
  }
}

TEST(ExtensionWriter, LeavesOutOnlyWhatDoesNotFit) {
  Bytes out(8);
  ExtensionWriter writer(out);
  EXPECT_TRUE(writer.add(ExtensionId(1), Bytes(2)));
  EXPECT_FALSE(writer.add(ExtensionId(2), Bytes(2)));
  EXPECT_FALSE(writer.add(ExtensionId(20), Bytes(1))) << "widening would need a byte too many";
  EXPECT_EQ(writer.finish(), 8U);
  EXPECT_EQ(out, Bytes({0xbe, 0xde, 0, 1, 0x11, 0, 0, 0}));
}

}  // namespace
}  // namespace consomme::wire
