#include "socketio/engineio_packet.h"

namespace consomme::socketio {
namespace {

using testing::ElementsAre;

TEST(Payload, HoldsTextAndBinaryPackets) {
  const auto packets = parse_payload(
      "4hello\x1e"
      "2\x1e"
      "bAQIDBA==\x1e"
      "4",
      10);
  ASSERT_TRUE(packets);
  EXPECT_THAT(*packets, ElementsAre(Packet{PacketType::kMessage, false, "hello"}, Packet{PacketType::kPing, false, ""},
                                    Packet{PacketType::kMessage, true, "\x01\x02\x03\x04"},
                                    Packet{PacketType::kMessage, false, ""}));
}

TEST(Payload, IsRefusedWholeForOneBadPacket) {
  for (const char* body : {"", "\x1e", "4a\x1e",
                           "\x1e"
                           "4a",
                           "4a\x1e\x1e"
                           "4b",
                           "7", "a", "b***", "bAAA", "4\xff"})
    EXPECT_EQ(parse_payload(body, 10), std::nullopt) << body;
}

TEST(Payload, HasABoundOfPackets) {
  EXPECT_TRUE(
      parse_payload("4\x1e"
                    "4",
                    2));
  EXPECT_FALSE(
      parse_payload("4\x1e"
                    "4\x1e"
                    "4",
                    2));
}

TEST(Payload, IsWrittenAsItIsRead) {
  const std::vector<Encoded> packets = {encode_packet(PacketType::kMessage, "a"), encode_binary(std::string("\0\1", 2)),
                                        encode_packet(PacketType::kPing)};
  EXPECT_EQ(write_payload(packets),
            "4a\x1e"
            "bAAE=\x1e"
            "2");
}

}  // namespace
}  // namespace consomme::socketio
