// RTP packets (RFC 3550 §5.1) and their header extensions (RFC 8285), as offsets into bytes that somebody else owns.
// Stateless: parsing checks every length once, and what it returns can be used without checking again.
#pragma once

#include <array>
#include <cstdint>
#include <expected>

#include "base/bytes.h"
#include "base/header_extension.h"
#include "base/sequence.h"

namespace consomme::wire {

inline constexpr std::size_t kRtpFixedHeaderBytes = 12;

enum class RtpError : std::uint8_t { kShort, kVersion, kCsrc, kExtension, kPadding };

// Offsets and sizes in bytes, relative to the packet's first byte.
struct RtpView {
  SeqNo seq;
  RtpTimestamp timestamp;
  Ssrc ssrc;
  PayloadType payload_type;
  bool marker = false;
  std::uint8_t padding_bytes = 0;
  std::uint16_t extension_profile = 0;  // 0: no extension
  std::uint16_t extension_offset = 0;   // of the first element, behind profile and length
  std::uint16_t extension_bytes = 0;
  std::uint16_t payload_offset = 0;  // = size of the whole header
  std::uint16_t payload_bytes = 0;   // without padding
};

// A whole plaintext packet. A packet that is nothing but padding (payload_bytes 0) is well formed.
std::expected<RtpView, RtpError> parse_rtp(ByteView packet);

// Bytes of fixed header, CSRCs and extension of a packet whose payload may still be encrypted; 0 when malformed.
std::size_t rtp_header_bytes(ByteView packet);

// Which local extension each id of the sender means; ids not negotiated mean HeaderExtension::kCount.
class ExtensionIds {
 public:
  constexpr ExtensionIds() { kinds_.fill(HeaderExtension::kCount); }
  constexpr void set(ExtensionId id, HeaderExtension kind) { kinds_[id.value()] = kind; }
  constexpr HeaderExtension kind(std::uint8_t id) const { return kinds_[id]; }
  constexpr bool operator==(const ExtensionIds&) const = default;

 private:
  std::array<HeaderExtension, 256> kinds_;
};

// Where each extension's value lies in the packet.
struct ExtensionSlice {
  std::uint16_t offset = 0;  // 0: absent
  std::uint8_t size = 0;
};
using ExtensionSlices = std::array<ExtensionSlice, static_cast<std::size_t>(HeaderExtension::kCount)>;

// Reads one-byte and two-byte elements; stops at the first that does not fit, at id 15 of the one-byte form, and keeps
// what it had read (RFC 8285 §4.2).
ExtensionSlices read_extensions(ByteView packet, const RtpView& view, const ExtensionIds& ids);

}  // namespace consomme::wire
