#include "socketio/engineio_packet.h"

#include "socketio/text.h"

namespace consomme::socketio {
namespace {

constexpr char kSeparator = '\x1e';
constexpr char kBase64Prefix = 'b';

std::optional<Packet> parse_part(std::string_view part) {
  if (!part.starts_with(kBase64Prefix)) return parse_packet(part);
  std::optional<std::string> bytes = decode_base64(part.substr(1));
  if (!bytes) return std::nullopt;
  return Packet{PacketType::kMessage, true, std::move(*bytes)};
}

}  // namespace

Encoded encode_packet(PacketType type, std::string_view data) {
  std::string text(1, static_cast<char>(type));
  text += data;
  return {false, std::make_shared<const std::string>(std::move(text))};
}

Encoded encode_binary(std::string bytes) {
  return {true, std::make_shared<const std::string>(std::move(bytes))};
}

std::optional<Packet> parse_packet(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  return Packet{static_cast<PacketType>(text[0]), false, std::string(text.substr(1))};
}

std::optional<std::vector<Packet>> parse_payload(std::string_view body, std::size_t max_packets) {
  if (!is_utf8(body)) return std::nullopt;
  std::vector<Packet> packets;
  for (std::size_t at = 0; at <= body.size();) {
    const std::string_view part = body.substr(at, body.find(kSeparator, at) - at);
    std::optional<Packet> packet = parse_part(part);
    if (!packet || packets.size() == max_packets) return std::nullopt;
    packets.push_back(std::move(*packet));
    at += part.size() + 1;
  }
  return packets;
}

std::string write_payload(std::span<const Encoded> packets) {
  std::string body;
  for (const Encoded& packet : packets) {
    if (&packet != packets.data()) body.push_back(kSeparator);
    if (packet.is_binary) {
      body.push_back(kBase64Prefix);
      append_base64(body, *packet.bytes);
    } else {
      body += *packet.bytes;
    }
  }
  return body;
}

}  // namespace consomme::socketio
