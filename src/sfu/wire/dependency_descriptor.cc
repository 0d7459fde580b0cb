#include "sfu/wire/dependency_descriptor.h"

#include <algorithm>

#include "sfu/wire/bits.h"

namespace consomme::wire {
namespace {

constexpr std::size_t kMandatoryBytes = 3;
constexpr std::size_t kMandatoryBits = 8 * kMandatoryBytes;

// The five flags that follow the mandatory bytes where anything does (A.4.1).
struct Flags {
  bool structure = false;
  bool active_targets = false;
  bool custom_targets = false;
  bool custom_references = false;
  bool custom_chains = false;
};

// False where the descriptor ends behind its mandatory bytes.
bool read_flags(BitReader& reader, Flags& flags) {
  if (reader.remaining() == 0) return false;
  flags.structure = reader.flag();
  flags.active_targets = reader.flag();
  flags.custom_targets = reader.flag();
  flags.custom_references = reader.flag();
  flags.custom_chains = reader.flag();
  return true;
}

enum class NextLayer : std::uint8_t { kSame, kTemporal, kSpatial, kNone };

bool read_layers(BitReader& reader, DependencyStructure& s) {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  for (NextLayer next = NextLayer::kSame; next != NextLayer::kNone;) {
    if (s.template_count == kMaxTemplates) return false;
    FrameDependencies& row = s.templates[s.template_count++];
    row.spatial = spatial;
    row.temporal = temporal;
    next = static_cast<NextLayer>(reader.bits(2));
    if (!reader.ok()) return false;
    if (next == NextLayer::kTemporal && ++temporal == kMaxTemporalLayers) return false;
    if (next == NextLayer::kSpatial) {
      temporal = 0;
      if (++spatial == kMaxSpatialLayers) return false;
    }
  }
  s.spatial_layers = static_cast<std::uint8_t>(spatial + 1);
  return true;
}

DecodeTargetIndications read_targets(BitReader& reader, std::uint8_t count) {
  DecodeTargetIndications targets;
  for (std::uint8_t i = 0; i < count; ++i) {
    targets.high |= reader.bits(1) << i;
    targets.low |= reader.bits(1) << i;
  }
  return targets;
}

bool add_reference(FrameDependencies& frame, std::uint32_t frames_back) {
  if (frame.reference_count == kMaxReferences) return false;
  frame.references[frame.reference_count++] = static_cast<std::uint16_t>(frames_back);
  return true;
}

bool read_template_references(BitReader& reader, FrameDependencies& frame) {
  while (reader.flag())
    if (!add_reference(frame, reader.bits(4) + 1)) return false;
  return reader.ok();
}

bool read_frame_references(BitReader& reader, FrameDependencies& frame) {
  frame.reference_count = 0;
  frame.references = {};
  while (const std::uint32_t nibbles = reader.bits(2))
    if (!add_reference(frame, reader.bits(4 * std::size_t{nibbles}) + 1)) return false;
  return reader.ok();
}

bool read_template_chains(BitReader& reader, DependencyStructure& s) {
  const std::uint32_t chains = reader.non_symmetric(s.decode_targets + 1U);
  if (chains > kMaxChains) return false;
  s.chain_count = static_cast<std::uint8_t>(chains);
  if (chains == 0) return reader.ok();
  // The specification's table has ns(chains + 1) here; browsers write and read ns(chains).
  for (std::uint8_t i = 0; i < s.decode_targets; ++i)
    s.protected_by[i] = static_cast<std::uint8_t>(reader.non_symmetric(chains));
  for (std::uint8_t i = 0; i < s.template_count; ++i)
    for (std::uint8_t chain = 0; chain < s.chain_count; ++chain)
      s.templates[i].chains[chain] = static_cast<std::uint8_t>(reader.bits(4));
  return reader.ok();
}

void read_resolutions(BitReader& reader, DependencyStructure& s) {
  s.has_resolutions = reader.flag();
  if (!s.has_resolutions) return;
  for (std::uint8_t i = 0; i < s.spatial_layers; ++i) {
    s.resolutions[i].width = reader.bits(16) + 1;
    s.resolutions[i].height = reader.bits(16) + 1;
  }
}

bool read_structure(BitReader& reader, DependencyStructure& s) {
  s.first_template_id = static_cast<std::uint8_t>(reader.bits(6));
  s.decode_targets = static_cast<std::uint8_t>(reader.bits(5) + 1);
  if (s.decode_targets > kMaxDecodeTargets || !read_layers(reader, s)) return false;
  for (std::uint8_t i = 0; i < s.template_count; ++i) s.templates[i].targets = read_targets(reader, s.decode_targets);
  for (std::uint8_t i = 0; i < s.template_count; ++i)
    if (!read_template_references(reader, s.templates[i])) return false;
  if (!read_template_chains(reader, s)) return false;
  read_resolutions(reader, s);
  return reader.ok();
}

// Ids wrap at 64 (A.4.1: templateIndex).
const FrameDependencies* find_template(const DependencyStructure& s, std::uint8_t id) {
  const std::size_t index = (id + kMaxTemplates - s.first_template_id) % kMaxTemplates;
  return index < s.template_count ? &s.templates[index] : nullptr;
}

bool read_frame(BitReader& reader, const Flags& flags, const DependencyStructure& s, FrameDependencies& frame) {
  if (flags.custom_targets) frame.targets = read_targets(reader, s.decode_targets);
  if (flags.custom_references && !read_frame_references(reader, frame)) return false;
  if (flags.custom_chains)
    for (std::uint8_t chain = 0; chain < s.chain_count; ++chain)
      frame.chains[chain] = static_cast<std::uint8_t>(reader.bits(8));
  return reader.ok();
}

void copy_bits(BitReader& from, BitWriter& to, std::size_t count) {
  for (; count >= 32; count -= 32) to.bits(from.bits(32), 32);
  to.bits(from.bits(count), count);
}

}  // namespace

std::optional<DependencyDescriptorHead> parse_dependency_descriptor_head(ByteView value) {
  ByteReader reader(value);
  const std::uint8_t first = reader.u8();
  DependencyDescriptorHead head;
  head.starts_frame = (first & 0x80) != 0;
  head.ends_frame = (first & 0x40) != 0;
  head.template_id = first & 0x3f;
  head.frame_number = reader.u16();
  if (!reader.ok()) return std::nullopt;
  head.has_structure = reader.remaining() != 0 && (reader.u8() & 0x80) != 0;
  return head;
}

std::optional<DependencyStructure> parse_dependency_structure(ByteView value) {
  if (value.size() <= kMandatoryBytes) return std::nullopt;
  BitReader reader(value.subspan(kMandatoryBytes));
  Flags flags;
  DependencyStructure structure;
  if (!read_flags(reader, flags) || !flags.structure || !read_structure(reader, structure)) return std::nullopt;
  return structure;
}

std::optional<DependencyDescriptor> parse_dependency_descriptor(ByteView value, const DependencyStructure& structure) {
  const auto head = parse_dependency_descriptor_head(value);
  if (!head) return std::nullopt;
  DependencyDescriptor d{.starts_frame = head->starts_frame,
                         .ends_frame = head->ends_frame,
                         .template_id = head->template_id,
                         .frame_number = head->frame_number,
                         .active_targets = {},
                         .frame = {}};
  const FrameDependencies* const row = find_template(structure, head->template_id);
  if (row == nullptr) return std::nullopt;
  d.frame = *row;
  BitReader reader(value.subspan(kMandatoryBytes));
  Flags flags;
  if (!read_flags(reader, flags)) return d;
  if (DependencyStructure attached; flags.structure && !read_structure(reader, attached)) return std::nullopt;
  if (flags.active_targets) d.active_targets = reader.bits(structure.decode_targets);
  if (!read_frame(reader, flags, structure, d.frame)) return std::nullopt;
  return d;
}

std::size_t write_active_targets(ByteSpan out, ByteView value, std::uint8_t decode_targets, std::uint32_t active) {
  if (value.size() < kMandatoryBytes) return 0;
  BitReader reader(value);
  BitWriter writer(out);
  copy_bits(reader, writer, kMandatoryBits);
  BitReader ahead(value.subspan(kMandatoryBytes));
  Flags flags;
  const bool has_flags = read_flags(ahead, flags);
  if (DependencyStructure attached; flags.structure && !read_structure(ahead, attached)) return 0;
  const std::size_t before_mask = ahead.offset();

  writer.flag(has_flags && reader.flag());
  writer.flag(true);
  if (has_flags) {
    reader.flag();
    copy_bits(reader, writer, before_mask - 2);
  } else {
    writer.bits(0, 3);
  }
  writer.bits(active, decode_targets);
  if (flags.active_targets) reader.bits(decode_targets);
  if (has_flags && reader.ok()) copy_bits(reader, writer, reader.remaining());
  return reader.ok() && writer.ok() ? writer.size() : 0;
}

// Behind two flags and six bits of template id (A.4.1).
void write_frame_number(ByteSpan value, std::uint16_t number) {
  store_be<2>(value.data() + 1, number);
}

}  // namespace consomme::wire
