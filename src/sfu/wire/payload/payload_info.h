// What forwarding has to know of a payload, whatever its codec: where frames and key frames start, and which layer a
// packet belongs to. One row per codec leads to its descriptor parser; details that only one codec has are in its
// header.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "sfu/wire/payload/codec.h"

namespace consomme::wire {

struct PayloadInfo {
  bool starts_frame = false;
  bool key_frame = false;   // the packet with which a receiver that has nothing can start
  bool layer_sync = false;  // a receiver of lower temporal layers may take this one from here on
  std::optional<std::uint8_t> temporal_layer{};
  std::optional<std::uint8_t> spatial_layer{};
  bool operator==(const PayloadInfo&) const = default;
};

// nullopt: not a payload of this codec. Audio has no key frames: each of its packets can be started with.
std::optional<PayloadInfo> inspect_payload(Codec codec, ByteView payload);

}  // namespace consomme::wire
