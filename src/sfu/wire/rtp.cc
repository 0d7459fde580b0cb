#include "sfu/wire/rtp.h"

namespace consomme::wire {
namespace {

constexpr std::size_t kMaxPacketBytes = 0xffff;  // offsets are 16 bits wide
constexpr std::uint16_t kOneByteProfile = 0xbede;
constexpr std::uint16_t kTwoByteProfile = 0x1000;  // the low four bits are the application's (RFC 8285 §4.3)
constexpr std::uint16_t kTwoByteProfileMask = 0xfff0;
constexpr std::uint8_t kOneByteReservedId = 15;
constexpr std::uint8_t kMaxOneByteId = 14;
constexpr std::size_t kMaxOneByteValue = 16;
constexpr std::size_t kExtensionHeaderBytes = 4;

std::uint16_t narrow(std::size_t n) {
  return static_cast<std::uint16_t>(n);
}

// What rtp_header_bytes and parse_rtp share: everything but the padding, which may still be encrypted.
std::expected<RtpView, RtpError> parse_header(ByteView packet) {
  if (packet.size() < kRtpFixedHeaderBytes) return std::unexpected(RtpError::kShort);
  if (packet.size() > kMaxPacketBytes) return std::unexpected(RtpError::kLong);
  ByteReader reader(packet);
  const std::uint8_t first = reader.u8();
  if (first >> 6 != 2) return std::unexpected(RtpError::kVersion);
  const bool has_extension = (first & 0x10) != 0;
  const std::size_t csrc_count = first & 0x0f;
  const std::uint8_t second = reader.u8();

  RtpView view;
  view.marker = (second & 0x80) != 0;
  view.payload_type = PayloadType(second & 0x7f);
  view.seq = SeqNo(reader.u16());
  view.timestamp = RtpTimestamp(reader.u32());
  view.ssrc = Ssrc(reader.u32());
  reader.skip(csrc_count * 4);
  if (!reader.ok()) return std::unexpected(RtpError::kCsrc);
  if (has_extension) {
    view.extension_profile = reader.u16();
    view.extension_bytes = narrow(std::size_t{reader.u16()} * 4);
    view.extension_offset = narrow(reader.offset());
    reader.skip(view.extension_bytes);
    if (!reader.ok()) return std::unexpected(RtpError::kExtension);
  }
  view.payload_offset = narrow(reader.offset());
  view.payload_bytes = narrow(reader.remaining());
  return view;
}

void keep(ExtensionSlices& slices, HeaderExtension kind, std::size_t offset, std::size_t size) {
  if (kind == HeaderExtension::kCount) return;
  ExtensionSlice& slice = slices[static_cast<std::size_t>(kind)];
  if (slice.offset == 0) slice = {narrow(offset), static_cast<std::uint8_t>(size)};
}

struct Element {
  std::uint8_t id = 0;
  std::size_t value_bytes = 0;
};

// The head of the next element in the given form; id 0 without a value is a byte of padding.
Element read_element(ByteReader& reader, bool two_byte) {
  const std::uint8_t first = reader.u8();
  if (two_byte) {
    // RFC 8285 §4.3: id 0 is a byte of padding and has no length.
    return first == 0 ? Element{} : Element{first, reader.u8()};
  }
  const std::uint8_t id = first >> 4;
  const std::uint8_t length = first & 0x0f;
  if (id == 0 && length == 0) return {};
  return {id, std::size_t{length} + 1};
}

}  // namespace

std::expected<RtpView, RtpError> parse_rtp(ByteView packet) {
  std::expected<RtpView, RtpError> view = parse_header(packet);
  if (!view || (packet[0] & 0x20) == 0) return view;
  const std::uint8_t padding = packet.back();
  if (padding == 0 || padding > view->payload_bytes) return std::unexpected(RtpError::kPadding);
  view->padding_bytes = padding;
  view->payload_bytes = narrow(view->payload_bytes - padding);
  return view;
}

std::size_t rtp_header_bytes(ByteView packet) {
  const auto view = parse_header(packet);
  return view ? view->payload_offset : 0;
}

ExtensionSlices read_extensions(ByteView packet, const RtpView& view, const ExtensionIds& ids) {
  ExtensionSlices slices{};
  const bool two_byte = (view.extension_profile & kTwoByteProfileMask) == kTwoByteProfile;
  if (!two_byte && view.extension_profile != kOneByteProfile) return slices;

  ByteReader reader(packet.subspan(view.extension_offset, view.extension_bytes));
  while (reader.remaining() != 0) {
    const Element element = read_element(reader, two_byte);
    if (element.id == 0 && element.value_bytes == 0) continue;  // padding
    // RFC 8285 §4.2: neither 15 nor a 0 with a length may be looked behind.
    if (!two_byte && (element.id == kOneByteReservedId || element.id == 0)) break;
    const std::size_t at = view.extension_offset + reader.offset();
    reader.skip(element.value_bytes);
    if (!reader.ok()) break;
    keep(slices, ids.kind(element.id), at, element.value_bytes);
  }
  return slices;
}

void write_rtp_header(ByteWriter& writer, const RtpHeader& header) {
  if (writer.remaining() < kRtpFixedHeaderBytes) return writer.zeros(kRtpFixedHeaderBytes);  // says that it ran over
  const int flags = 0x80 | (header.has_padding ? 0x20 : 0) | (header.has_extension ? 0x10 : 0);
  writer.u8(static_cast<std::uint8_t>(flags));
  writer.u8(static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type.value() & 0x7f)));
  writer.u16(header.seq.value());
  writer.u32(header.timestamp.value());
  writer.u32(header.ssrc.value());
}

// Whether the block may grow by `bytes` and still be padded to 32 bits within `out`.
bool ExtensionWriter::fits(std::size_t bytes) const {
  return (used_ + bytes + 3) / 4 * 4 <= out_.size();
}

bool ExtensionWriter::add(ExtensionId id, ByteView value) {
  if (id.value() == 0 || value.size() > 0xff) return false;
  const bool needs_two = id.value() > kMaxOneByteId || value.empty() || value.size() > kMaxOneByteValue;
  if (needs_two && !two_byte_ && !widen(value.size())) return false;
  if (!fits(element_bytes(value.size()))) return false;
  put(id.value(), value);
  ++elements_;
  return true;
}

void ExtensionWriter::put(std::uint8_t id, ByteView value) {
  ByteWriter writer(out_.subspan(used_));
  if (two_byte_) {
    writer.u8(id);
    writer.u8(static_cast<std::uint8_t>(value.size()));
  } else {
    writer.u8(static_cast<std::uint8_t>(std::size_t{id} << 4 | (value.size() - 1)));
  }
  writer.bytes(value);
  used_ += writer.size();
}

// Lays out again, in the two-byte form, what was written in the one-byte form; only if an element of `next_value_bytes`
// fits behind it.
bool ExtensionWriter::widen(std::size_t next_value_bytes) {
  std::array<std::uint8_t, kMaxOneByteId * (1 + kMaxOneByteValue)> copy;
  const std::size_t copied = used_ - kExtensionHeaderBytes;
  if (copied > copy.size() || !fits(elements_ + 2 + next_value_bytes)) return false;
  if (copied != 0) std::memcpy(copy.data(), out_.data() + kExtensionHeaderBytes, copied);
  used_ = kExtensionHeaderBytes;
  two_byte_ = true;
  for (ByteReader reader(ByteView(copy).first(copied)); reader.remaining() != 0;) {
    const Element element = read_element(reader, false);
    put(element.id, reader.bytes(element.value_bytes));
  }
  return true;
}

std::size_t ExtensionWriter::finish() {
  if (used_ == kExtensionHeaderBytes) return 0;
  const std::size_t total = (used_ + 3) / 4 * 4;
  ByteWriter writer(out_.first(total));
  writer.u16(two_byte_ ? kTwoByteProfile : kOneByteProfile);
  writer.u16(narrow(total / 4 - 1));
  std::memset(out_.data() + used_, 0, total - used_);
  return total;
}

}  // namespace consomme::wire
