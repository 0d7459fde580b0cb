// WebSocket frames (RFC 6455 §5), a client's read and ours written. Deterministic, without a socket: bytes in, whole
// messages out. Driven by websocket.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace consomme::socketio {

enum class Opcode : std::uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// RFC 6455 §7.4.1.
enum class CloseCode : std::uint16_t { kNormal = 1000, kProtocolError = 1002, kBadPayload = 1007, kTooBig = 1009 };

// What the client has sent.
struct MessageReceived {
  bool is_binary = false;
  std::string data;  // a text is UTF-8
};
struct PingReceived {
  std::string data;
};
struct CloseReceived {
  std::string body;  // to be sent back
};
// Against the protocol; nothing is read behind it.
struct FrameViolation {
  CloseCode code;
};
using FrameReceived = std::variant<MessageReceived, PingReceived, CloseReceived, FrameViolation>;

class FrameReader {
 public:
  // A longer message is a violation as soon as its length is announced, before anything of it is kept.
  explicit FrameReader(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // What comes next in `bytes`, of which it takes as much away; nullopt when all of them are taken and more is needed.
  std::optional<FrameReceived> read(std::string_view& bytes);

 private:
  bool take_head(std::string_view& bytes, std::size_t size);
  bool is_allowed() const;
  void begin_payload();
  void take_payload(std::string_view& bytes);
  std::optional<FrameReceived> end_frame();
  FrameReceived end_message();
  FrameReceived end_close();
  bool is_control() const { return (head_[0] & 0x08) != 0; }

  std::size_t max_message_bytes_;
  std::string head_;  // of the frame that is being read, as far as it has come; at most 14 bytes, so never allocated
  bool is_in_payload_ = false;
  std::uint64_t left_bytes_ = 0;        // of the payload, still to come
  std::size_t mask_at_ = 0;             // of the payload's next byte
  std::optional<Opcode> message_type_;  // of the message whose fragments are coming
  std::string message_;
  std::string control_;  // the payload of a control frame, which may come between fragments
};

// Of a frame from the server: whole, unmasked.
struct FrameHead {
  std::array<char, 10> bytes{};
  std::uint8_t size = 0;
};
FrameHead frame_head(Opcode opcode, std::size_t payload_bytes);
std::string close_body(CloseCode code);

// The answer to an opening handshake with this Sec-WebSocket-Key (RFC 6455 §4.2.2), and with the subprotocols that the
// client offers in order of preference: the first is agreed to, whatever it is, since it says nothing about Engine.IO's
// packets, and a browser that offered some gives up if the answer has none.
std::string handshake_answer(std::string_view key, std::string_view protocols);

}  // namespace consomme::socketio
