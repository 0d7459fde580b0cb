#include "sfu/wire/payload/av1.h"

namespace consomme::wire {
namespace {

// leb128 of at most eight bytes (AV1 specification §4.10.5); here no length is above a datagram's, which is four.
constexpr int kMaxLeb128Bytes = 8;

std::size_t read_leb128(ByteReader& reader) {
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxLeb128Bytes; ++i) {
    const std::uint8_t byte = reader.u8();
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if ((byte & 0x80) == 0) return value;
  }
  reader.skip(reader.remaining() + 1);  // no length ends here: the reader has run over
  return 0;
}

bool starts_frame_with(ObuType type) {
  return type != ObuType::kTileGroup && type != ObuType::kTileList;
}

// The header of an OBU that starts here. False: it is cut short.
bool look_at(Av1Payload& av1, ByteView obu, bool is_first) {
  ByteReader reader(obu);
  const std::uint8_t header = reader.u8();
  const ObuType type{static_cast<std::uint8_t>(header >> 3 & 0x0f)};
  const bool has_extension = (header & 0x04) != 0;
  const std::uint8_t extension = has_extension ? reader.u8() : std::uint8_t{0};
  if (!reader.ok()) return false;
  if (is_first) av1.starts_frame = starts_frame_with(type);
  if (type == ObuType::kSequenceHeader) av1.has_sequence_header = true;
  if (has_extension && !av1.temporal_layer) {
    av1.temporal_layer = static_cast<std::uint8_t>(extension >> 5);
    av1.spatial_layer = static_cast<std::uint8_t>(extension >> 3 & 0x03);
  }
  return true;
}

}  // namespace

std::optional<Av1Payload> parse_av1(ByteView payload) {
  ByteReader reader(payload);
  const std::uint8_t aggregation = reader.u8();
  if (reader.remaining() == 0) return std::nullopt;
  Av1Payload av1;
  av1.continues_obu = (aggregation & 0x80) != 0;
  av1.continued = (aggregation & 0x40) != 0;
  av1.starts_sequence = (aggregation & 0x08) != 0;
  const int announced = aggregation >> 4 & 0x03;  // W; 0: every element has a length
  if (av1.starts_sequence && av1.continues_obu) return std::nullopt;

  int element = 0;
  for (; reader.remaining() != 0; ++element) {
    const bool is_last = element + 1 == announced;
    const ByteView obu = reader.bytes(is_last ? reader.remaining() : read_leb128(reader));
    if (!reader.ok()) return std::nullopt;
    const bool starts_here = element != 0 || !av1.continues_obu;
    if (starts_here && !obu.empty() && !look_at(av1, obu, element == 0)) return std::nullopt;
  }
  if (announced != 0 && element != announced) return std::nullopt;
  return av1;
}

}  // namespace consomme::wire
