// AV1 payloads (RTP Payload Format For AV1 §4.4): aggregation header and OBU headers. Layers here come from OBU
// extension headers; where a dependency descriptor is negotiated, it says more (dependency_descriptor.h).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

enum class ObuType : std::uint8_t {
  kSequenceHeader = 1,
  kTemporalDelimiter = 2,
  kFrameHeader = 3,
  kTileGroup = 4,
  kMetadata = 5,
  kFrame = 6,
  kRedundantFrameHeader = 7,
  kTileList = 8,
  kPadding = 15,
};

struct Av1Payload {
  bool continues_obu = false;                  // Z: the first element continues one of the packet before
  bool continued = false;                      // Y: the last element goes on in the next packet
  bool starts_sequence = false;                // N: first packet of a coded video sequence
  bool has_sequence_header = false;            // an element that starts here is one
  bool starts_frame = false;                   // the first element starts here and is no tile group
  std::optional<std::uint8_t> temporal_layer;  // of the first element that carries an extension header
  std::optional<std::uint8_t> spatial_layer;

  bool key_frame() const { return starts_sequence || has_sequence_header; }
};

// nullopt: empty, lengths that do not add up, or N together with Z (§4.4).
std::optional<Av1Payload> parse_av1(ByteView payload);

}  // namespace consomme::wire
