#include "socketio/websocket_frames.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "base/check.h"
#include "socketio/text.h"

namespace consomme::socketio {
namespace {

constexpr std::size_t kMaskBytes = 4;
constexpr unsigned kMaxControlBytes = 125;  // §5.5
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::uint8_t byte_of(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

std::uint64_t big_endian(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

void append_big_endian(FrameHead& head, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) head.bytes[head.size++] = static_cast<char>(value >> (8 * i) & 0xff);
}

// The bytes of the length behind the first two of a frame's head.
std::size_t length_bytes(std::string_view head) {
  const unsigned length = byte_of(head, 1) & 0x7f;
  return length == 126 ? 2 : length == 127 ? 8 : 0;
}

std::uint64_t payload_length(std::string_view head) {
  const std::size_t extended = length_bytes(head);
  return extended == 0 ? byte_of(head, 1) & 0x7f : big_endian(head.substr(2, extended));
}

bool is_known(unsigned opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

// The mask begins with its byte `at`. Eight bytes at a time, since every byte of every request passes here.
void unmask(std::span<char> bytes, std::string_view mask, std::size_t at) {
  std::array<char, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = mask[(at + i) % kMaskBytes];
  const auto word = std::bit_cast<std::uint64_t>(turned);
  std::size_t i = 0;
  for (; i + sizeof word <= bytes.size(); i += sizeof word) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &bytes[i], sizeof eight);
    eight ^= word;
    std::memcpy(&bytes[i], &eight, sizeof eight);
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ turned[i % turned.size()]);
}

// Whether a client may send it (§7.4): those for an endpoint's own use and those that nobody has given a meaning to
// may not appear.
bool is_valid_close_code(std::uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::optional<FrameReceived> FrameReader::read(std::string_view& bytes) {
  for (;;) {
    if (!is_in_payload_) {
      if (!take_head(bytes, 2)) return std::nullopt;
      if (!is_allowed()) return FrameViolation{CloseCode::kProtocolError};
      if (!take_head(bytes, 2 + length_bytes(head_) + kMaskBytes)) return std::nullopt;
      if (!is_control() && payload_length(head_) > max_message_bytes_ - message_.size())
        return FrameViolation{CloseCode::kTooBig};
      begin_payload();
    }
    take_payload(bytes);
    if (left_bytes_ > 0) return std::nullopt;
    if (auto received = end_frame()) return received;
  }
}

// As much of the head as there are bytes for; true when it has that size.
bool FrameReader::take_head(std::string_view& bytes, std::size_t size) {
  const std::size_t n = std::min(bytes.size(), size - std::min(size, head_.size()));
  head_.append(bytes.substr(0, n));
  bytes.remove_prefix(n);
  return head_.size() >= size;
}

// By the first two bytes of the head.
bool FrameReader::is_allowed() const {
  const bool is_final = (head_[0] & 0x80) != 0;
  const bool has_reserved_bits = (head_[0] & 0x70) != 0;
  const bool is_masked = (head_[1] & 0x80) != 0;
  const unsigned opcode = byte_of(head_, 0) & 0x0f;
  if (has_reserved_bits || !is_masked || !is_known(opcode)) return false;
  if (is_control()) return is_final && (byte_of(head_, 1) & 0x7f) <= kMaxControlBytes;
  const bool continues = static_cast<Opcode>(opcode) == Opcode::kContinuation;
  return continues == message_type_.has_value();
}

void FrameReader::begin_payload() {
  is_in_payload_ = true;
  left_bytes_ = payload_length(head_);
  mask_at_ = 0;
  const auto opcode = static_cast<Opcode>(byte_of(head_, 0) & 0x0f);
  if (!is_control() && opcode != Opcode::kContinuation) message_type_ = opcode;
}

void FrameReader::take_payload(std::string_view& bytes) {
  std::string& into = is_control() ? control_ : message_;
  const std::string_view mask = std::string_view(head_).substr(head_.size() - kMaskBytes);
  const std::size_t n = std::min<std::uint64_t>(bytes.size(), left_bytes_);
  const std::size_t begin = into.size();
  into.append(bytes.substr(0, n));
  unmask(std::span(into).subspan(begin), mask, mask_at_);
  mask_at_ = (mask_at_ + n) % kMaskBytes;
  left_bytes_ -= n;
  bytes.remove_prefix(n);
}

// Nothing for a pong, and for a fragment that is not the last.
std::optional<FrameReceived> FrameReader::end_frame() {
  const auto opcode = static_cast<Opcode>(byte_of(head_, 0) & 0x0f);
  const bool is_final = (head_[0] & 0x80) != 0;
  head_.clear();
  is_in_payload_ = false;
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      if (!is_final) return std::nullopt;
      return end_message();
    case Opcode::kClose:
      return end_close();
    case Opcode::kPing:
      return PingReceived{std::exchange(control_, {})};
    case Opcode::kPong:
      control_.clear();
      return std::nullopt;
  }
  std::unreachable();
}

FrameReceived FrameReader::end_message() {
  const bool is_binary = std::exchange(message_type_, std::nullopt) == Opcode::kBinary;
  std::string data = std::exchange(message_, {});
  if (!is_binary && !is_utf8(data)) return FrameViolation{CloseCode::kBadPayload};
  return MessageReceived{is_binary, std::move(data)};
}

FrameReceived FrameReader::end_close() {
  std::string body = std::exchange(control_, {});
  if (body.empty()) return CloseReceived{};
  if (body.size() < 2 || !is_valid_close_code(big_endian(std::string_view(body).substr(0, 2))))
    return FrameViolation{CloseCode::kProtocolError};
  if (!is_utf8(std::string_view(body).substr(2))) return FrameViolation{CloseCode::kBadPayload};
  return CloseReceived{std::move(body)};
}

FrameHead frame_head(Opcode opcode, std::size_t payload_bytes) {
  FrameHead head;
  append_big_endian(head, 0x80 | static_cast<unsigned>(opcode), 1);
  const std::size_t extended = payload_bytes < 126 ? 0 : payload_bytes < 65'536 ? 2 : 8;
  append_big_endian(head, extended == 0 ? payload_bytes : extended == 2 ? 126 : 127, 1);
  append_big_endian(head, payload_bytes, extended);
  return head;
}

std::string close_body(CloseCode code) {
  const auto number = static_cast<unsigned>(code);
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

std::string handshake_answer(std::string_view key, std::string_view protocols) {
  const std::string signed_key = std::string(key).append(kGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);  // EVP_sha1() is looked up at each use
  check(EVP_Digest(signed_key.data(), signed_key.size(), digest.data(), &size, sha1, nullptr) == 1,
        "SHA-1 can be computed");
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  append_base64(answer, {reinterpret_cast<const char*>(digest.data()), size});
  const std::string_view agreed = first_token(protocols);
  if (!agreed.empty()) answer.append("\r\nSec-WebSocket-Protocol: ").append(agreed);
  answer += "\r\n\r\n";
  return answer;
}

}  // namespace consomme::socketio
