// The layers that an encoding promises: "L3T3_KEY", "S2T1" (https://www.w3.org/TR/webrtc-svc/#scalabilitymodes).
#pragma once

#include <cstdint>
#include <string_view>

namespace consomme::ortc {

struct ScalabilityMode {
  std::uint8_t spatial_layers = 1;
  std::uint8_t temporal_layers = 1;
  bool key_dependent_only = false;  // "_KEY": spatial layers depend on each other in key frames only
  bool operator==(const ScalabilityMode&) const = default;
};

// 1 to 99 layers each. Anything that is no scalability mode, and the empty text, means one layer of each.
ScalabilityMode parse_scalability_mode(std::string_view text);

}  // namespace consomme::ortc
