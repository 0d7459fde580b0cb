// The VP9 payload descriptor (RFC 9628 §4.2), scalability structure and flexible mode included. A structure is walked
// to find its end and its number of spatial layers; resolutions and picture groups are not kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace consomme::wire {

struct Vp9Descriptor {
  bool inter_predicted = false;       // P: predicted from earlier pictures
  bool flexible = false;              // F
  bool starts_frame = false;          // B: of a layer frame
  bool ends_frame = false;            // E: of a layer frame
  bool not_for_upper_layers = false;  // Z: no frame above it, of this picture or a later one, depends on it
  std::optional<std::uint16_t> picture_id;
  bool picture_id_is_long = false;  // M: 15 bits instead of 7
  std::optional<std::uint8_t> temporal_layer;
  std::optional<std::uint8_t> spatial_layer;
  bool switching_up_point = false;     // U
  bool inter_layer_predicted = false;  // D
  std::optional<std::uint8_t> tl0_picture_index;
  std::array<std::uint8_t, 3> reference_distances{};  // P_DIFF, flexible mode
  std::uint8_t reference_count = 0;
  std::uint8_t spatial_layers = 0;     // of the scalability structure; 0: it brings none
  std::uint8_t picture_id_offset = 0;  // in bytes; 0: absent
  std::uint8_t tl0_offset = 0;         // in bytes; 0: absent
  std::uint16_t size = 0;              // of the descriptor, in bytes

  // The first packet of a picture that needs no earlier one: of the lowest spatial layer, or of the only one.
  bool key_frame() const { return !inter_predicted && starts_frame && spatial_layer.value_or(0) == 0; }
};

// nullopt: shorter than it says, more than three references, or nothing behind the descriptor.
std::optional<Vp9Descriptor> parse_vp9(ByteView payload);

}  // namespace consomme::wire
