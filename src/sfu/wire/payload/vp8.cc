#include "sfu/wire/payload/vp8.h"

#include <cstring>

namespace consomme::wire {
namespace {

std::uint8_t offset_of(const ByteReader& reader) {
  return static_cast<std::uint8_t>(reader.offset());
}

// The optional fields that the first octet's X bit announces (RFC 7741 §4.2).
void read_extension(ByteReader& reader, Vp8Descriptor& d) {
  const std::uint8_t flags = reader.u8();
  const bool has_picture_id = (flags & 0x80) != 0;
  const bool has_tl0_index = (flags & 0x40) != 0;
  const bool has_temporal_layer = (flags & 0x20) != 0;
  const bool has_key_index = (flags & 0x10) != 0;

  if (has_picture_id) {
    d.picture_id_offset = offset_of(reader);
    const std::uint8_t high = reader.u8();
    d.picture_id_is_long = (high & 0x80) != 0;
    d.picture_id = d.picture_id_is_long ? static_cast<std::uint16_t>((high & 0x7f) << 8 | reader.u8()) : high;
  }
  if (has_tl0_index) {
    d.tl0_offset = offset_of(reader);
    d.tl0_picture_index = reader.u8();
  }
  if (has_temporal_layer || has_key_index) {
    const std::uint8_t octet = reader.u8();
    if (has_temporal_layer) {
      d.temporal_layer = static_cast<std::uint8_t>(octet >> 6);
      d.layer_sync = (octet & 0x20) != 0;
    }
    if (has_key_index) d.key_index = static_cast<std::uint8_t>(octet & 0x1f);
  }
}

}  // namespace

std::optional<Vp8Descriptor> parse_vp8(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t first = reader.u8();
  Vp8Descriptor d;
  d.non_reference = (first & 0x20) != 0;
  d.starts_partition = (first & 0x10) != 0;
  d.partition = first & 0x07;
  if ((first & 0x80) != 0) read_extension(reader, d);
  d.size = offset_of(reader);

  const std::uint8_t payload_header = reader.u8();
  if (!reader.ok()) return std::nullopt;
  d.key_frame = d.starts_frame() && (payload_header & 0x01) == 0;  // P, inverse key frame flag (RFC 7741 §4.3)
  return d;
}

}  // namespace consomme::wire
