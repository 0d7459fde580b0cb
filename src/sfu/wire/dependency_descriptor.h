// The dependency descriptor (AV1 RTP payload format, Appendix A): its three mandatory bytes, and whether it brings a
// new template structure. Templates, decode targets and chains are left to the layer selection that will need them.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace consomme::wire {

struct DependencyDescriptorHead {
  bool starts_frame = false;
  bool ends_frame = false;
  std::uint8_t template_id = 0;  // 6 bits
  std::uint16_t frame_number = 0;
  bool has_structure = false;  // only the first packet of a key frame brings one
};
std::optional<DependencyDescriptorHead> parse_dependency_descriptor_head(ByteView value);

}  // namespace consomme::wire
