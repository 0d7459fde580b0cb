// What an inbound stream remembers of its dependency descriptors: the structure that the last key frame attached,
// in whose terms each packet's descriptor is resolved once for all consumers. Owned by the inbound stream.
#pragma once

#include <cstdint>
#include <memory>

#include "base/sequence.h"
#include "sfu/media/decode_targets.h"
#include "sfu/media/packet.h"
#include "sfu/wire/dependency_descriptor.h"

namespace consomme::media {

class DependencyTracker {
 public:
  // Fills in the packet's dependencies and layers, if it carries a descriptor that a known structure explains.
  void resolve(Packet& packet);
  // One that another tracker has resolved.
  void follow(const Packet& packet);
  void reset() { known_.reset(); }
  // nullptr: no descriptor told so far.
  const DecodeTargets* targets() const { return known_ ? &known_->targets : nullptr; }

 private:
  struct Known {
    wire::DependencyStructure structure;
    DecodeTargets targets;
    ExtSeqNo since;            // the packet that told
    std::uint32_t active = 0;  // decode targets that the sender produces at present
  };
  void learn(const Packet& packet, ByteView value);

  std::unique_ptr<Known> known_;  // 4 KB, and few codecs have one
};

}  // namespace consomme::media
