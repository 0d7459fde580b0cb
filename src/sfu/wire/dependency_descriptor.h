// The dependency descriptor (AV1 RTP payload format, Appendix A): which decode targets a frame is for, what it needs,
// and the structure of templates in whose terms later frames are described. Stateless: who parses a descriptor brings
// the structure that the last key frame attached.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

// Bounds of ours: 32 decode targets and any number of chains and references could be written. Encoders make a decode
// target per layer, of which there are nine at most (L3T3), and a chain per spatial layer, and AV1 has eight frames to
// refer to.
inline constexpr std::size_t kMaxDecodeTargets = 14;
inline constexpr std::size_t kMaxChains = 4;
inline constexpr std::size_t kMaxReferences = 8;
inline constexpr std::size_t kMaxTemplates = 64;
inline constexpr std::size_t kMaxSpatialLayers = 4;   // AV1 has two bits for them
inline constexpr std::size_t kMaxTemporalLayers = 8;  // and three for these

// What a frame is to each decode target, bit by bit: 0 not present, 1 discardable, 2 switch, 3 required (table A.2).
struct DecodeTargetIndications {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  constexpr std::uint32_t present() const { return low | high; }
  constexpr std::uint32_t switches() const { return high & ~low; }
  constexpr std::uint32_t needed() const { return high; }  // later frames of the target may refer to it
  bool operator==(const DecodeTargetIndications&) const = default;
};

struct FrameDependencies {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  DecodeTargetIndications targets;
  std::uint8_t reference_count = 0;
  std::array<std::uint16_t, kMaxReferences> references{};  // how many frames back; 1 to 4096
  std::array<std::uint8_t, kMaxChains> chains{};  // how many frames back the chain's frame before is; 0: it starts here
  bool operator==(const FrameDependencies&) const = default;
};

struct RenderResolution {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const RenderResolution&) const = default;
};

struct DependencyStructure {
  std::uint8_t first_template_id = 0;
  std::uint8_t template_count = 0;
  std::uint8_t decode_targets = 0;
  std::uint8_t chain_count = 0;
  std::uint8_t spatial_layers = 0;
  bool has_resolutions = false;
  std::array<std::uint8_t, kMaxDecodeTargets> protected_by{};  // the decode target's chain; chain_count: by none
  std::array<RenderResolution, kMaxSpatialLayers> resolutions{};
  std::array<FrameDependencies, kMaxTemplates> templates{};

  constexpr std::uint32_t all_targets() const { return (1U << decode_targets) - 1; }
};

struct DependencyDescriptor {
  bool starts_frame = false;
  bool ends_frame = false;
  std::uint8_t template_id = 0;  // 6 bits
  std::uint16_t frame_number = 0;
  std::optional<std::uint32_t> active_targets;
  FrameDependencies frame;
};

// The three bytes that every descriptor has, and whether it brings a new structure.
struct DependencyDescriptorHead {
  bool starts_frame = false;
  bool ends_frame = false;
  std::uint8_t template_id = 0;
  std::uint16_t frame_number = 0;
  bool has_structure = false;  // only the first packet of a key frame brings one
};
std::optional<DependencyDescriptorHead> parse_dependency_descriptor_head(ByteView value);

// The structure that a descriptor brings; nullopt: none, or one that is cut short or beyond the bounds.
std::optional<DependencyStructure> parse_dependency_structure(ByteView value);

// `structure` is the one that it brings itself, or else the last one. nullopt: cut short, or of no template of it.
std::optional<DependencyDescriptor> parse_dependency_descriptor(ByteView value, const DependencyStructure& structure);

// The descriptor with another mask of active decode targets, of which there are `decode_targets`. The bytes written;
// 0: malformed, or it does not fit `out`.
std::size_t write_active_targets(ByteSpan out, ByteView value, std::uint8_t decode_targets, std::uint32_t active);

// In place, into a descriptor that could be parsed.
void write_frame_number(ByteSpan value, std::uint16_t number);

}  // namespace consomme::wire
