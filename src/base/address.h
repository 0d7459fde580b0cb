// Addresses as values: what a datagram came from and goes to. An IPv4 address is kept as its IPv4-mapped IPv6 form, so
// that one type compares and hashes both.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace consomme {

class IpAddress {
 public:
  constexpr IpAddress() = default;
  static constexpr IpAddress v4(std::uint32_t host_order) {
    IpAddress a;
    a.bytes_[10] = a.bytes_[11] = 0xff;
    for (std::size_t i = 0; i < 4; ++i) a.bytes_[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return a;
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress a;
    a.bytes_ = bytes;
    return a;
  }
  // "192.0.2.1", "2001:db8::1"; nullopt for anything else (no zone, no brackets).
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr bool is_v4() const {
    for (std::size_t i = 0; i < 10; ++i)
      if (bytes_[i] != 0) return false;
    return bytes_[10] == 0xff && bytes_[11] == 0xff;
  }
  constexpr bool is_unspecified() const { return *this == IpAddress() || *this == v4(0); }
  constexpr bool is_loopback() const {
    if (is_v4()) return bytes_[12] == 127;
    for (std::size_t i = 0; i < 15; ++i)
      if (bytes_[i] != 0) return false;
    return bytes_[15] == 1;
  }
  constexpr std::uint32_t v4_host_order() const {
    std::uint32_t v = 0;
    for (std::size_t i = 12; i < 16; ++i) v = (v << 8) | bytes_[i];
    return v;
  }
  constexpr const std::array<std::uint8_t, 16>& v6_bytes() const { return bytes_; }
  std::string to_string() const;

  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::string to_string() const;  // "192.0.2.1:5000", "[2001:db8::1]:5000"
  constexpr auto operator<=>(const SocketAddress&) const = default;
};

enum class Protocol : std::uint8_t { kUdp, kTcp };

// A path between a peer and one of our sockets: everything ICE compares when it validates. `socket` numbers the local
// socket of the worker (its address and family).
struct Tuple {
  SocketAddress remote;
  Protocol protocol = Protocol::kUdp;
  std::uint8_t socket = 0;
  constexpr auto operator<=>(const Tuple&) const = default;
};

inline std::size_t hash_value(const Tuple& t) {
  std::uint64_t words[2];
  std::memcpy(words, t.remote.ip.v6_bytes().data(), sizeof words);
  std::uint64_t h = words[0] * 0x9e3779b97f4a7c15;
  h ^= (words[1] + (h >> 29)) * 0xbf58476d1ce4e5b9;
  h ^= (static_cast<std::uint64_t>(t.remote.port) << 16 | static_cast<std::uint64_t>(t.protocol) << 8 | t.socket) *
       0x94d049bb133111eb;
  return static_cast<std::size_t>(h ^ (h >> 32));
}

}  // namespace consomme

template <>
struct std::hash<consomme::Tuple> {
  std::size_t operator()(const consomme::Tuple& t) const { return hash_value(t); }
};
