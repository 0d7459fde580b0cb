// Engine.IO 4 packets and the polling payload that joins them. Pure functions. A WebSocket message is one packet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consomme::socketio {

enum class PacketType : char {
  kOpen = '0',
  kClose = '1',
  kPing = '2',
  kPong = '3',
  kMessage = '4',
  kUpgrade = '5',
  kNoop = '6'
};

// A packet that came in.
struct Packet {
  PacketType type = PacketType::kNoop;
  bool is_binary = false;  // always a message
  std::string data;
  bool operator==(const Packet&) const = default;
};

// A packet on its way out, in the form a WebSocket sends: text with its type digit, or plain bytes. Shared, so that a
// broadcast is written once for everyone.
struct Encoded {
  bool is_binary = false;
  std::shared_ptr<const std::string> bytes;
};

Encoded encode_packet(PacketType type, std::string_view data = {});
Encoded encode_binary(std::string bytes);

// A text message of a WebSocket; nullopt when empty or of an unknown type.
std::optional<Packet> parse_packet(std::string_view text);
// The body of a POST; nullopt unless every packet in it is valid, and there are 1 to `max_packets` of them.
std::optional<std::vector<Packet>> parse_payload(std::string_view body, std::size_t max_packets);
// The body that answers a GET.
std::string write_payload(std::span<const Encoded> packets);

}  // namespace consomme::socketio
