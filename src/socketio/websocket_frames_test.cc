#include "socketio/websocket_frames.h"

namespace consomme::socketio {
namespace {

using namespace std::string_literals;

// A frame as a client sends it, masked.
std::string frame(unsigned first_byte, std::string_view payload) {
  const std::string mask = "\x37\xfa\x21\x3d";
  std::string bytes{static_cast<char>(first_byte), static_cast<char>(0x80 | payload.size())};
  bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  return bytes;
}
std::string final_text(std::string_view payload) {
  return frame(0x81, payload);
}

std::string line(const MessageReceived& message) {
  return (message.is_binary ? "binary " : "text ") + message.data;
}
std::string line(const PingReceived& ping) {
  return "ping " + ping.data;
}
std::string line(const CloseReceived& close) {
  return "close " + close.body;
}
std::string line(const FrameViolation& violation) {
  return "violation " + std::to_string(static_cast<int>(violation.code));
}

std::vector<std::string> read_all(FrameReader& reader, std::string_view bytes) {
  std::vector<std::string> lines;
  while (const auto received = reader.read(bytes)) {
    lines.push_back(std::visit([](const auto& what) { return line(what); }, *received));
    if (lines.back().starts_with("violation")) break;
  }
  return lines;
}
std::vector<std::string> read_all(std::string_view bytes) {
  FrameReader reader(1000);
  return read_all(reader, bytes);
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FrameReader, ReadsMessagesThatComeTogether) {
  EXPECT_THAT(read_all(final_text("a") + frame(0x82, "\xff") + final_text("")),
              ElementsAre("text a", "binary \xff", "text "));
}

TEST(FrameReader, ReadsTheSameByteByByte) {
  FrameReader reader(1000);
  std::vector<std::string> lines;
  for (const char byte : final_text("slowly") + frame(0x89, "ping"))
    for (const std::string& line : read_all(reader, {&byte, 1})) lines.push_back(line);
  EXPECT_THAT(lines, ElementsAre("text slowly", "ping ping"));
}

TEST(FrameReader, TakesTheMaskUpWhereItWasCut) {
  const std::string bytes = final_text("a text that is longer than a machine word");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameReader reader(1000);
    std::vector<std::string> lines = read_all(reader, std::string_view(bytes).substr(0, cut));
    for (const std::string& line : read_all(reader, std::string_view(bytes).substr(cut))) lines.push_back(line);
    EXPECT_THAT(lines, ElementsAre("text a text that is longer than a machine word"));
  }
}

TEST(FrameReader, JoinsFragmentsAroundControlFrames) {
  EXPECT_THAT(read_all(frame(0x01, "a") + frame(0x89, "p") + frame(0x00, "") + frame(0x8a, "q") + frame(0x80, "b")),
              ElementsAre("ping p", "text ab"));
}

TEST(FrameReader, ReadsLongerLengths) {
  const std::string head = "\x81\xfe\x00\x80\x00\x00\x00\x00"s;
  EXPECT_THAT(read_all(head + std::string(128, 'x')), ElementsAre("text " + std::string(128, 'x')));
}

TEST(FrameReader, GivesTheBodyOfACloseBack) {
  EXPECT_THAT(read_all(frame(0x88, "")), ElementsAre("close "));
  EXPECT_THAT(read_all(frame(0x88,
                             "\x03\xe8"
                             "bye")),
              ElementsAre("close \x03\xe8"
                          "bye"));
}

TEST(FrameReader, RefusesACloseThatNobodyMaySend) {
  for (const char* const body : {"\x03", "\x03\xed", "\x03\xe7", "\x13\x88"})
    EXPECT_THAT(read_all(frame(0x88, body)), ElementsAre("violation 1002"));
  EXPECT_THAT(read_all(frame(0x88, "\x03\xe8\xff")), ElementsAre("violation 1007"));
}

TEST(FrameReader, RefusesWhatIsAgainstTheProtocol) {
  EXPECT_THAT(read_all("\x81\x01"
                       "abcde"),
              ElementsAre("violation 1002"));                              // without a mask
  EXPECT_THAT(read_all(frame(0xc1, "a")), ElementsAre("violation 1002"));  // a reserved bit
  EXPECT_THAT(read_all(frame(0x83, "a")), ElementsAre("violation 1002"));  // a reserved opcode
  EXPECT_THAT(read_all(frame(0x8b, "a")), ElementsAre("violation 1002"));
  EXPECT_THAT(read_all(frame(0x80, "a")), ElementsAre("violation 1002"));                     // continues nothing
  EXPECT_THAT(read_all(frame(0x01, "a") + frame(0x81, "b")), ElementsAre("violation 1002"));  // inside another
  EXPECT_THAT(read_all(frame(0x09, "")), ElementsAre("violation 1002"));                      // a fragment of a ping
  EXPECT_THAT(read_all("\x89\xfe\x00\x7e\x00\x00\x00\x00"s), ElementsAre("violation 1002"));  // a long ping
}

TEST(FrameReader, RefusesByTheFirstTwoBytes) {
  EXPECT_THAT(read_all("\x81\x02"), ElementsAre("violation 1002"));
}

TEST(FrameReader, RefusesTextThatIsNoUtf8) {
  EXPECT_THAT(read_all(final_text("\xc3\x28")), ElementsAre("violation 1007"));
  EXPECT_THAT(read_all(frame(0x01, "\xc3") + frame(0x80, "\xa9")), ElementsAre("text \xc3\xa9"));
}

TEST(FrameReader, RefusesAMessageBeyondTheLimitAtItsHead) {
  EXPECT_THAT(read_all("\x81\xfe\x03\xe9\x00\x00\x00\x00"s), ElementsAre("violation 1009"));
  EXPECT_THAT(read_all("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s), ElementsAre("violation 1009"));
  EXPECT_THAT(read_all(frame(0x02, "x") + "\x80\xfe\x03\xe8\x00\x00\x00\x00"s), ElementsAre("violation 1009"));
}

TEST(FrameReader, WaitsForTheRestOfAFrame) {
  EXPECT_THAT(read_all(final_text("abc").substr(0, 7)), IsEmpty());
}

std::string head_text(std::size_t payload_bytes) {
  const FrameHead head = frame_head(Opcode::kText, payload_bytes);
  return {head.bytes.data(), head.size};
}

TEST(FrameHead, UsesTheShortestLength) {
  EXPECT_EQ(head_text(0), "\x81\x00"s);
  EXPECT_EQ(head_text(125), "\x81\x7d");
  EXPECT_EQ(head_text(126), "\x81\x7e\x00\x7e"s);
  EXPECT_EQ(head_text(65'535), "\x81\x7e\xff\xff");
  EXPECT_EQ(head_text(65'536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

// RFC 6455 §1.3
TEST(HandshakeAnswer, ProvesThatTheKeyWasRead) {
  EXPECT_THAT(handshake_answer("dGhlIHNhbXBsZSBub25jZQ==", ""),
              testing::EndsWith("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
}

TEST(HandshakeAnswer, AgreesToTheFirstSubprotocolThatIsOffered) {
  EXPECT_THAT(handshake_answer("key", "my-app, other"),
              testing::EndsWith("\r\nSec-WebSocket-Protocol: my-app\r\n\r\n"));
  for (const char* offered : {"", "two words", "a\rb", "\"quoted\"", ",second"})
    EXPECT_THAT(handshake_answer("key", offered), testing::Not(testing::HasSubstr("Sec-WebSocket-Protocol")))
        << offered;
}

}  // namespace
}  // namespace consomme::socketio
