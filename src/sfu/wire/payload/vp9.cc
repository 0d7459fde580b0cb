#include "sfu/wire/payload/vp9.h"

namespace consomme::wire {
namespace {

std::uint8_t offset_of(const ByteReader& reader) {
  return static_cast<std::uint8_t>(reader.offset());
}

void read_picture_id(ByteReader& reader, Vp9Descriptor& d) {
  d.picture_id_offset = offset_of(reader);
  const std::uint8_t high = reader.u8();
  d.picture_id_is_long = (high & 0x80) != 0;
  d.picture_id = d.picture_id_is_long ? static_cast<std::uint16_t>((high & 0x7f) << 8 | reader.u8()) : high;
}

void read_layers(ByteReader& reader, Vp9Descriptor& d) {
  const std::uint8_t octet = reader.u8();
  d.temporal_layer = static_cast<std::uint8_t>(octet >> 5);
  d.switching_up_point = (octet & 0x10) != 0;
  d.spatial_layer = static_cast<std::uint8_t>(octet >> 1 & 0x07);
  d.inter_layer_predicted = (octet & 0x01) != 0;
  if (d.flexible) return;
  d.tl0_offset = offset_of(reader);
  d.tl0_picture_index = reader.u8();
}

// At most three; false when the third says that a fourth follows.
bool read_references(ByteReader& reader, Vp9Descriptor& d) {
  for (bool more = true; more;) {
    if (d.reference_count == d.reference_distances.size()) return false;
    const std::uint8_t octet = reader.u8();
    d.reference_distances[d.reference_count++] = static_cast<std::uint8_t>(octet >> 1);
    more = (octet & 0x01) != 0;
  }
  return true;
}

// RFC 9628 §4.2.1: N_S, Y and G; sizes of N_S + 1 layers if Y; pictures of a group with their references if G.
void read_scalability_structure(ByteReader& reader, Vp9Descriptor& d) {
  const std::uint8_t head = reader.u8();
  const std::size_t layers = (head >> 5) + 1U;
  const bool has_sizes = (head & 0x10) != 0;
  const bool has_group = (head & 0x08) != 0;
  d.spatial_layers = static_cast<std::uint8_t>(layers);
  if (has_sizes) reader.skip(layers * 4);
  const std::size_t pictures = has_group ? reader.u8() : 0U;
  for (std::size_t i = 0; i < pictures && reader.ok(); ++i) {
    const std::uint8_t picture = reader.u8();
    reader.skip(picture >> 2 & 0x03);
  }
}

}  // namespace

std::optional<Vp9Descriptor> parse_vp9(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t first = reader.u8();
  const bool has_picture_id = (first & 0x80) != 0;
  const bool has_layers = (first & 0x20) != 0;
  const bool has_structure = (first & 0x02) != 0;
  Vp9Descriptor d;
  d.inter_predicted = (first & 0x40) != 0;
  d.flexible = (first & 0x10) != 0;
  d.starts_frame = (first & 0x08) != 0;
  d.ends_frame = (first & 0x04) != 0;
  d.not_for_upper_layers = (first & 0x01) != 0;

  if (has_picture_id) read_picture_id(reader, d);
  if (has_layers) read_layers(reader, d);
  if (d.flexible && d.inter_predicted && !read_references(reader, d)) return std::nullopt;
  if (has_structure) read_scalability_structure(reader, d);
  if (!reader.ok() || reader.remaining() == 0) return std::nullopt;
  d.size = static_cast<std::uint16_t>(reader.offset());
  return d;
}

}  // namespace consomme::wire
