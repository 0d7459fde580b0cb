// What forwarding has to know of a payload, whatever its codec: where frames and key frames start, and which layer a
// packet belongs to. One row per codec leads to its descriptor parser; details that only one codec has are in its
// header.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "sfu/wire/payload/codec.h"
#include "sfu/wire/payload/picture_numbers.h"

namespace consomme::wire {

struct PayloadInfo {
  bool starts_frame : 1 = false;
  bool key_frame : 1 = false;                    // the packet with which a receiver that has nothing can start
  bool parameters_precede : 1 = false;           // H264: the packet before may be needed with this one
  bool passed : 1 = false;                       // of an inbound stream: packets behind it came before
  bool layer_sync : 1 = false;                   // a receiver of lower temporal layers may take this one from here on
  bool ends_frame : 1 = false;                   // of a layer, where the codec says it
  bool inter_predicted : 1 = false;              // VP9: needs earlier pictures
  bool not_for_upper_layers : 1 = false;         // VP9: see Vp9Descriptor
  std::uint8_t spatial_layers : 4 = 0;           // VP9: as many are there from here on; 0: it does not say
  std::optional<std::uint8_t> temporal_layer{};  // H264: 1 for slices that nothing is predicted from
  std::optional<std::uint8_t> spatial_layer{};
  PictureNumbers numbers{};  // of VP8 and VP9
  bool operator==(const PayloadInfo&) const = default;
};

// nullopt: not a payload of this codec. Audio has no key frames: each of its packets can be started with.
std::optional<PayloadInfo> inspect_payload(Codec codec, ByteView payload);

}  // namespace consomme::wire
