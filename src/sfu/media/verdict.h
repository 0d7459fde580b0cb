// What a layer filter says of one packet.
#pragma once

#include <cstdint>

#include "sfu/media/layer.h"
#include "sfu/media/packet.h"

namespace consomme::media {

struct Verdict {
  bool forward = true;
  bool ends_picture = false;     // nothing of this picture follows for this consumer, whatever the source's marker says
  bool wants_key_frame = false;  // see LayerFilter, which says it
  bool of_whole_frame = false;   // what comes of the same frame and says no more goes by it too
  std::uint32_t descriptor = 0;  // see Rewrite
};

inline Layer layer_of(const Packet& packet) {
  return {packet.info.spatial_layer.value_or(0), packet.info.temporal_layer.value_or(0)};
}

}  // namespace consomme::media
