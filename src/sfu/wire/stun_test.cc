#include "sfu/wire/stun.h"

#include <algorithm>

#include "sfu/wire/stun_integrity.h"

namespace consomme::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// RFC 5769: short-term credentials of §2.1 to §2.3.
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr StunTransactionId kTransaction = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

const Bytes kRequest = {0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
                        0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
                        0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
                        0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
                        0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
                        0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
                        0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};
const Bytes kResponseV4 = {0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                           0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74,
                           0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01,
                           0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99,
                           0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b,
                           0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};
const Bytes kResponseV6 = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf,
    0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20,
    0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe,
    0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c,
    0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c};

// A request whose only attribute has the given type and value.
Bytes request_with(std::uint16_t type, const Bytes& value) {
  Bytes out(2048);
  StunWriter writer(out, StunClass::kRequest, kTransaction);
  writer.attribute(StunAttribute{type}, value);
  out.resize(writer.finish());
  return out;
}

TEST(Stun, ReadsTheSampleRequestOfRfc5769) {
  const auto message = parse_stun(kRequest);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, StunClass::kRequest);
  EXPECT_EQ(message->method, kStunBinding);
  EXPECT_EQ(message->transaction, kTransaction);
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffU);
  EXPECT_EQ(message->ice_controlled, 0x932ff9b151263b36U);
  EXPECT_FALSE(message->ice_controlling);
  EXPECT_TRUE(integrity_holds(kRequest, *message, kPassword));
  EXPECT_TRUE(fingerprint_holds(kRequest, *message));
}

TEST(Stun, ReadsTheSampleResponsesOfRfc5769) {
  const SocketAddress v4{*IpAddress::parse("192.0.2.1"), 32853};
  const SocketAddress v6{*IpAddress::parse("2001:db8:1234:5678:11:2233:4455:6677"), 32853};
  for (const auto& [bytes, address] : {std::pair(kResponseV4, v4), std::pair(kResponseV6, v6)}) {
    const auto message = parse_stun(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->message_class, StunClass::kSuccess);
    EXPECT_EQ(message->xor_mapped_address, address);
    EXPECT_TRUE(integrity_holds(bytes, *message, kPassword));
    EXPECT_TRUE(fingerprint_holds(bytes, *message));
  }
}

TEST(Stun, WritesTheSampleResponsesOfRfc5769ButForTheirPadding) {
  const SocketAddress v4{*IpAddress::parse("192.0.2.1"), 32853};
  const SocketAddress v6{*IpAddress::parse("2001:db8:1234:5678:11:2233:4455:6677"), 32853};
  for (const auto& [expected, address] : {std::pair(kResponseV4, v4), std::pair(kResponseV6, v6)}) {
    Bytes out(200);
    StunWriter writer(out, StunClass::kSuccess, kTransaction);
    writer.text(StunAttribute::kSoftware, "test vector ");  // the samples pad with a blank, which the length hides
    store_be<2>(out.data() + 22, 11);
    writer.xor_mapped_address(address);
    writer.message_integrity(kPassword);
    writer.fingerprint();
    out.resize(writer.finish());
    EXPECT_EQ(out, expected);
  }
}

TEST(Stun, AnyDamageBreaksTheFingerprintOrTheMessage) {
  for (std::size_t at = 0; at < kRequest.size(); ++at) {
    Bytes damaged = kRequest;
    damaged[at] ^= 0x04;
    const auto message = parse_stun(damaged);
    EXPECT_FALSE(message && fingerprint_holds(damaged, *message)) << at;
  }
}

TEST(Stun, AnyDamageInFrontOfIntegrityBreaksIt) {
  const std::size_t integrity_end = kRequest.size() - kStunFingerprintAttributeBytes;
  for (std::size_t at = 0; at < integrity_end; ++at) {
    Bytes damaged = kRequest;
    damaged[at] ^= 0x01;
    const auto message = parse_stun(damaged);
    EXPECT_FALSE(message && integrity_holds(damaged, *message, kPassword)) << at;
  }
  EXPECT_FALSE(integrity_holds(kRequest, *parse_stun(kRequest), "VOkJxbRl1RmTxUk/WvJxBu"));
}

TEST(Stun, IntegrityIsNotLookedForWhereThereIsNone) {
  const Bytes bytes = request_with(0x8022, {});
  EXPECT_FALSE(integrity_holds(bytes, *parse_stun(bytes), ""));
  EXPECT_FALSE(fingerprint_holds(bytes, *parse_stun(bytes)));
}

TEST(Stun, RefusesEveryTruncation) {
  for (std::size_t n = 0; n < kRequest.size(); ++n) EXPECT_FALSE(parse_stun(ByteView(kRequest).first(n))) << n;
  Bytes longer = kRequest;
  longer.resize(longer.size() + 4);
  EXPECT_EQ(parse_stun(longer).error(), StunError::kLength);
}

TEST(Stun, RefusesAnythingButTheMagicCookieAndTwoZeroBits) {
  for (int first = 0; first < 256; ++first) {
    Bytes bytes = kRequest;
    bytes[0] = static_cast<std::uint8_t>(first);
    EXPECT_EQ(parse_stun(bytes).has_value(), first < 64) << first;
  }
  Bytes bytes = kRequest;
  bytes[4] = 0;
  EXPECT_EQ(parse_stun(bytes).error(), StunError::kHeader);
}

TEST(Stun, RefusesALengthThatIsNoMultipleOfFour) {
  Bytes bytes(kStunHeaderBytes + 2);
  StunWriter(bytes, StunClass::kRequest, kTransaction);
  bytes[3] = 2;
  EXPECT_EQ(parse_stun(bytes).error(), StunError::kLength);
}

TEST(Stun, ClassAndMethodGoThroughTheirInterleavedBits) {
  for (std::uint16_t method = 0; method < 0x1000; ++method) {
    for (const StunClass c : {StunClass::kRequest, StunClass::kIndication, StunClass::kSuccess, StunClass::kError}) {
      std::array<std::uint8_t, kStunHeaderBytes> bytes;
      StunWriter(bytes, c, kTransaction, method).finish();
      const auto message = parse_stun(bytes);
      ASSERT_TRUE(message);
      ASSERT_EQ(message->message_class, c);
      ASSERT_EQ(message->method, method);
    }
  }
}

TEST(Stun, RefusesAttributesOfTheWrongSize) {
  struct Shape {
    std::uint16_t type;
    std::size_t size;
  };
  for (const Shape shape : {Shape{0x0008, 20}, {0x0024, 4}, {0x0025, 0}, {0x8029, 8}, {0x802a, 8}, {0xc001, 4}}) {
    for (std::size_t size = 0; size <= 24; ++size) {
      EXPECT_EQ(parse_stun(request_with(shape.type, Bytes(size))).has_value(), size == shape.size)
          << shape.type << " " << size;
    }
  }
}

TEST(Stun, BoundsUsernames) {
  EXPECT_TRUE(parse_stun(request_with(0x0006, Bytes(kMaxStunUsernameBytes, 'a'))));
  EXPECT_FALSE(parse_stun(request_with(0x0006, Bytes(kMaxStunUsernameBytes + 1, 'a'))));
  EXPECT_EQ(parse_stun(request_with(0x0006, {}))->username, "") << "empty is not absent";
}

TEST(Stun, RefusesAddressesWhoseFamilyAndSizeDisagree) {
  for (int family = 0; family < 256; ++family) {
    for (const std::size_t size : {std::size_t{4}, std::size_t{8}, std::size_t{20}}) {
      Bytes value(size);
      value[1] = static_cast<std::uint8_t>(family);
      const bool right = (family == 1 && size == 8) || (family == 2 && size == 20);
      EXPECT_EQ(parse_stun(request_with(0x0020, value)).has_value(), right) << family << " " << size;
    }
  }
}

TEST(Stun, FirstOfTwoAlikeAttributesCounts) {
  Bytes out(200);
  StunWriter writer(out, StunClass::kRequest, kTransaction);
  writer.u32(StunAttribute::kPriority, 1);
  writer.u32(StunAttribute::kPriority, 2);
  out.resize(writer.finish());
  EXPECT_EQ(parse_stun(out)->priority, 1U);
}

TEST(Stun, LooksAtNothingBehindIntegrityButTheFingerprint) {
  Bytes out(200);
  StunWriter writer(out, StunClass::kRequest, kTransaction);
  writer.message_integrity(kPassword);
  writer.flag(StunAttribute::kUseCandidate);
  writer.u32(StunAttribute{0x7777}, 0);
  writer.fingerprint();
  out.resize(writer.finish());
  const auto message = parse_stun(out);
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->use_candidate);
  EXPECT_EQ(message->unknown.count, 0);
  EXPECT_TRUE(integrity_holds(out, *message, kPassword));
  EXPECT_TRUE(fingerprint_holds(out, *message));
}

TEST(Stun, RefusesAnythingBehindTheFingerprint) {
  Bytes out(200);
  StunWriter writer(out, StunClass::kRequest, kTransaction);
  writer.fingerprint();
  writer.flag(StunAttribute::kUseCandidate);
  out.resize(writer.finish());
  EXPECT_EQ(parse_stun(out).error(), StunError::kAttribute);
}

TEST(Stun, ListsUnknownAttributesThatDemandComprehension) {
  Bytes out(200);
  StunWriter writer(out, StunClass::kRequest, kTransaction);
  for (std::uint16_t i = 0; i < 12; ++i) writer.flag(StunAttribute{static_cast<std::uint16_t>(0x7f00 + i)});
  writer.flag(StunAttribute{0xc057});
  out.resize(writer.finish());
  const auto message = parse_stun(out);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->unknown.count, StunUnknownAttributes::kMax);
  EXPECT_EQ(message->unknown.list()[0], 0x7f00);
  EXPECT_EQ(message->unknown.list()[7], 0x7f07);
}

TEST(Stun, ErrorCodesGoThrough) {
  for (std::uint16_t code = 300; code < 700; ++code) {
    Bytes out(200);
    StunWriter writer(out, StunClass::kError, kTransaction);
    writer.error_code(code, "why");
    out.resize(writer.finish());
    EXPECT_EQ(parse_stun(out)->error_code, code);
  }
  EXPECT_FALSE(parse_stun(request_with(0x0009, {0, 0, 2, 0})));
  EXPECT_FALSE(parse_stun(request_with(0x0009, {0, 0, 4, 100})));
}

TEST(StunWriter, SaysWhenItDidNotFitAndWritesNotBeyond) {
  const auto write = [](ByteSpan out) {
    StunWriter writer(out, StunClass::kRequest, kTransaction);
    writer.text(StunAttribute::kUsername, "abc:def");
    writer.xor_mapped_address({IpAddress::v4(1), 2});
    writer.error_code(401, std::string(500, 'x'));
    writer.unknown_attributes(std::vector<std::uint16_t>(20, 1));
    writer.message_integrity(kPassword);
    writer.fingerprint();
    return writer.finish();
  };
  Bytes large(1000);
  const std::size_t needed = write(large);
  ASSERT_GT(needed, 0U);
  for (std::size_t room = 0; room < needed; ++room) {
    Bytes out(needed + 4, 0xee);
    EXPECT_EQ(write(ByteSpan(out).first(room)), 0U) << room;
    EXPECT_TRUE(std::all_of(out.begin() + static_cast<std::ptrdiff_t>(room), out.end(),
                            [](std::uint8_t b) { return b == 0xee; }));
  }
}

}  // namespace
}  // namespace consomme::wire
