#include "sfu/wire/payload/h264.h"

namespace consomme::wire {
namespace {

constexpr std::uint8_t kTypeMask = 0x1f;
constexpr std::uint8_t kReferenceMask = 0x60;
constexpr std::uint8_t kFuStart = 0x80;
constexpr std::uint8_t kMaxSingleNalType = 23;
constexpr std::uint8_t kMaxSliceType = 5;  // 1 to 5: slices, whole or partitioned (ITU-T H.264 table 7-1)

// first_mb_in_slice is ue(v): its first bit is 1 exactly when the value is 0 (ITU-T H.264 §7.3.3, §9.1).
bool is_first_slice(ByteView slice) {
  return !slice.empty() && (slice[0] & 0x80) != 0;
}

// What one NAL unit says that starts here; `rest` is what follows its header byte.
void look_at(H264Payload& h264, NalType type, ByteView rest) {
  switch (type) {
    case NalType::kIdrSlice:
      h264.key_frame |= is_first_slice(rest);
      h264.starts_frame |= is_first_slice(rest);
      return;
    case NalType::kSlice:
      h264.starts_frame |= is_first_slice(rest);
      return;
    case NalType::kSequenceParameters:
      h264.has_parameters = true;
      h264.key_frame = true;
      h264.starts_frame = true;
      return;
    case NalType::kSei:
    case NalType::kPictureParameters:
    case NalType::kDelimiter:
      h264.starts_frame = true;
      return;
    case NalType::kStapA:
    case NalType::kFuA:
      return;
  }
}

// A NAL unit with its header, as it stands alone or in an aggregate. False: a type that may not be there.
bool look_at_unit(H264Payload& h264, ByteView unit) {
  if (unit.empty()) return false;
  const std::uint8_t type = unit[0] & kTypeMask;
  if (type == 0 || type > kMaxSingleNalType) return false;
  if ((unit[0] & kReferenceMask) != 0) h264.disposable = false;
  if (type <= kMaxSliceType) h264.has_slice = true;
  look_at(h264, NalType{type}, unit.subspan(1));
  return true;
}

std::optional<H264Payload> parse_stap_a(ByteReader reader) {
  H264Payload h264{.disposable = true};
  while (reader.remaining() != 0) {
    const ByteView unit = reader.bytes(reader.u16());
    if (!reader.ok() || !look_at_unit(h264, unit)) return std::nullopt;
  }
  h264.disposable &= h264.has_slice;  // delimiters and SEI always say 0
  return h264;
}

std::optional<H264Payload> parse_fu_a(std::uint8_t indicator, ByteReader reader) {
  const std::uint8_t header = reader.u8();
  if (!reader.ok() || reader.remaining() == 0) return std::nullopt;
  const auto type = static_cast<std::uint8_t>(header & kTypeMask);
  const bool has_slice = type != 0 && type <= kMaxSliceType;
  H264Payload h264{.has_slice = has_slice, .disposable = has_slice && (indicator & kReferenceMask) == 0};
  if ((header & kFuStart) != 0) look_at(h264, NalType{type}, reader.rest());
  return h264;
}

}  // namespace

std::optional<H264Payload> parse_h264(ByteView payload) {
  if (payload.empty()) return std::nullopt;
  ByteReader reader(payload);
  const std::uint8_t first = reader.u8();
  const auto type = static_cast<std::uint8_t>(first & kTypeMask);
  if (NalType{type} == NalType::kFuA) return parse_fu_a(first, reader);
  if (NalType{type} == NalType::kStapA) {
    return reader.remaining() == 0 ? std::nullopt : parse_stap_a(reader);
  }
  H264Payload h264{.disposable = true};
  if (!look_at_unit(h264, payload)) return std::nullopt;
  h264.disposable &= h264.has_slice;
  return h264;
}

}  // namespace consomme::wire
