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

enum class RtpError : std::uint8_t { kShort, kLong, kVersion, kCsrc, kExtension, kPadding };

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

// The fixed header of a packet to be written; it never carries CSRCs.
struct RtpHeader {
  PayloadType payload_type{};
  bool marker = false;
  bool has_padding = false;    // the payload ends with padding
  bool has_extension = false;  // an extension block follows, see ExtensionWriter
  SeqNo seq{};
  RtpTimestamp timestamp{};
  Ssrc ssrc{};
};
// kRtpFixedHeaderBytes, or nothing (and !writer.ok()).
void write_rtp_header(ByteWriter& writer, const RtpHeader& header);

// Writes an extension block, profile and length included, to where the fixed header ended. It begins in the one-byte
// form and changes to the two-byte form at the first element that needs it (RFC 8285 §4.1.2: ids above 14, values of 0
// or of more than 16 bytes); one block never mixes the two.
class ExtensionWriter {
 public:
  explicit ExtensionWriter(ByteSpan out) : out_(out) {}

  // False, and nothing is added, when it does not fit or can not be said (id 0, more than 255 bytes).
  bool add(ExtensionId id, ByteView value);
  // Pads to 32 bits and completes the block. Returns its size in bytes; 0: no element, no block. Called once, last.
  std::size_t finish();

 private:
  bool widen(std::size_t next_value_bytes);
  void put(std::uint8_t id, ByteView value);
  std::size_t element_bytes(std::size_t value_bytes) const { return value_bytes + (two_byte_ ? 2 : 1); }
  bool fits(std::size_t bytes) const;

  ByteSpan out_;
  std::size_t used_ = 4;  // profile and length come first
  std::size_t elements_ = 0;
  bool two_byte_ = false;
};

}  // namespace consomme::wire
