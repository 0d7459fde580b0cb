#include "bench/signaling/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"

namespace consomme::bench {
namespace {

constexpr std::string_view kHandshake =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Origin: http://localhost:3000\r\nCache-Control: no-cache\r\nAccept-Language: en-US,en;q=0.9\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nSec-WebSocket-Extensions: permessage-deflate; "
    "client_max_window_bits\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Safari/537.36\r\n\r\n";
constexpr std::array<char, 4> kMaskKey{0x37, 0x61, 0x13, 0x5c};

// Engine.IO and Socket.IO packets, or how they begin.
constexpr std::string_view kOpen = "0";
constexpr std::string_view kPing = "2";
constexpr std::string_view kPong = "3";
constexpr std::string_view kEnterNamespace = "40";
constexpr std::string_view kEntered = "40";
constexpr std::string_view kEvent = "42";
constexpr std::string_view kAck = "43";

struct FrameHead {
  std::size_t bytes;
  std::size_t payload_bytes;
};

// nullopt until all of it has come.
std::optional<FrameHead> parse_head(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto short_length = static_cast<std::uint8_t>(bytes[1]);
  if (short_length < 126) return FrameHead{2, short_length};
  const std::size_t extended = short_length == 126 ? 2 : 8;
  if (bytes.size() < 2 + extended) return std::nullopt;
  std::size_t length = 0;
  for (const char c : bytes.substr(2, extended)) length = length << 8 | static_cast<std::uint8_t>(c);
  return FrameHead{2 + extended, length};
}

net::Fd connect_to(std::uint16_t port) {
  net::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "the server accepts");
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

void send_bytes(int fd, std::string_view bytes) {
  check(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()),
        "a request fits into the socket's buffer");
}

// From 43N[{"rtpCapabilities":{...}}].
std::string_view capabilities_in(std::string_view ack) {
  const std::size_t begin = ack.find(':') + 1;
  return ack.substr(begin, ack.rfind("}]") - begin);
}

std::string_view event_of(Step step) {
  constexpr std::array<std::string_view, kSteps> kEvents{"", "get-rtp-capabilities", "join-mediasoup-room",
                                                         "create-webrtc-transport", "create-webrtc-transport"};
  return kEvents[static_cast<std::size_t>(step)];
}

}  // namespace

Client::Client(std::uint16_t port, std::string room) : fd_(connect_to(port)), room_(std::move(room)) {}

void Client::take(Instant now, Step step) {
  step_ = step;
  taken_at_ = now;
  is_answered_ = false;
  switch (step) {
    case Step::kConnect:
      return send_bytes(fd_.get(), kHandshake);
    case Step::kCapabilities:
      return send_request(event_of(step), "");
    case Step::kJoin:
      return send_request(event_of(step), R"(,"rtpCapabilities":)" + capabilities_);
    case Step::kSendTransport:
      return send_request(event_of(step), R"(,"direction":"send")");
    case Step::kRecvTransport:
      return send_request(event_of(step), R"(,"direction":"recv")");
  }
}

// The number of the acknowledgement is the step's.
void Client::send_request(std::string_view event, std::string_view more) {
  std::string text = "42" + std::to_string(static_cast<int>(step_)) + "[\"";
  text.append(event).append(R"(",{"roomId":")").append(room_).append("\"").append(more).append("}]");
  send_text(text);
}

void Client::send_text(std::string_view text) {
  std::string frame = "\x81";
  const std::size_t length = text.size();
  check(length < 65536, "requests are short");
  if (length < 126) {
    frame += static_cast<char>(0x80 | length);
  } else {
    frame += {static_cast<char>(0x80 | 126), static_cast<char>(length >> 8), static_cast<char>(length & 0xff)};
  }
  frame.append(kMaskKey.data(), kMaskKey.size());
  const std::size_t head = frame.size();
  frame += text;
  for (std::size_t i = 0; i < length; ++i) frame[head + i] = static_cast<char>(frame[head + i] ^ kMaskKey[i % 4]);
  send_bytes(fd_.get(), frame);
}

void Client::receive(std::string_view bytes) {
  const std::size_t skipped = std::min(skip_bytes_, bytes.size());
  skip_bytes_ -= skipped;
  bytes.remove_prefix(skipped);
  if (input_.empty()) return void(input_ = read(bytes));
  const std::string whole = std::exchange(input_, {}).append(bytes);
  input_ = read(whole);
}

// Reads what is whole and returns the rest.
std::string_view Client::read(std::string_view bytes) {
  if (!is_websocket_) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return bytes;
    check(bytes.starts_with("HTTP/1.1 101"), "the server takes a WebSocket");
    is_websocket_ = true;
    bytes.remove_prefix(end + 4);
  }
  for (;;) {
    const std::optional<FrameHead> head = parse_head(bytes);
    if (!head) return bytes;
    const std::string_view payload = bytes.substr(head->bytes, head->payload_bytes);
    const std::size_t missing = head->payload_bytes - payload.size();
    if (payload.starts_with(kEvent))
      skip_bytes_ = missing;
    else if (missing > 0)
      return bytes;
    else
      on_message(payload);
    bytes.remove_prefix(head->bytes + payload.size());
  }
}

void Client::on_message(std::string_view message) {
  if (message.starts_with(kOpen)) return send_text(kEnterNamespace);
  if (message == kPing) return send_text(kPong);
  if (message.starts_with(kEntered)) return void(is_answered_ = true);
  if (!message.starts_with(kAck)) return;
  check(message.find(R"({"error")") == std::string_view::npos, "the server grants every request");
  is_answered_ = true;
  if (step_ == Step::kCapabilities) capabilities_ = capabilities_in(message);
}

}  // namespace consomme::bench
