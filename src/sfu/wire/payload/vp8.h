// The VP8 payload descriptor (RFC 7741 §4.2) and as much of the payload header (§4.3) as tells a key frame.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

struct Vp8Descriptor {
  bool non_reference = false;     // N: nothing is predicted from this frame
  bool starts_partition = false;  // S
  std::uint8_t partition = 0;     // PID, 3 bits
  std::optional<std::uint16_t> picture_id;
  bool picture_id_is_long = false;  // M: 15 bits instead of 7
  std::optional<std::uint8_t> tl0_picture_index;
  std::optional<std::uint8_t> temporal_layer;  // TID
  bool layer_sync = false;                     // Y
  std::optional<std::uint8_t> key_index;
  std::uint8_t picture_id_offset = 0;  // in bytes; 0: absent
  std::uint8_t tl0_offset = 0;         // in bytes; 0: absent
  std::uint8_t size = 0;               // of the descriptor, in bytes
  bool key_frame = false;              // this packet starts one

  bool starts_frame() const { return starts_partition && partition == 0; }
};

// nullopt: shorter than it says, or nothing behind the descriptor.
std::optional<Vp8Descriptor> parse_vp8(ByteView payload);

}  // namespace consomme::wire
