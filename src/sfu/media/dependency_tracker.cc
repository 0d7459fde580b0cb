#include "sfu/media/dependency_tracker.h"

#include <algorithm>
#include <limits>

namespace consomme::media {
namespace {

// Further back than a byte can say is further back than any consumer remembers.
std::uint8_t near_reference(std::uint16_t frames_back) {
  return frames_back <= std::numeric_limits<std::uint8_t>::max() ? static_cast<std::uint8_t>(frames_back) : 0;
}

}  // namespace

void DependencyTracker::resolve(Packet& packet) {
  packet.dependencies = {};
  if (packet.extensions[static_cast<std::size_t>(HeaderExtension::kDependencyDescriptor)].offset == 0) return;
  const ByteView value = packet.extension(HeaderExtension::kDependencyDescriptor);
  const auto head = wire::parse_dependency_descriptor_head(value);
  if (!head) return;
  packet.dependencies.frame_number = head->frame_number;
  packet.dependencies.is_numbered = 1;
  if (head->has_structure) learn(packet, value);
  if (!known_) return;
  const auto d = wire::parse_dependency_descriptor(value, known_->structure);
  if (!d) return;
  if (d->active_targets && packet.seq >= known_->since) known_->active = *d->active_targets;

  PacketDependencies& to = packet.dependencies;
  to.targets = d->frame.targets;
  to.active = known_->active;
  to.frame_number = d->frame_number;
  to.decode_targets = known_->structure.decode_targets & 0x3f;
  to.reference_count = std::min<std::size_t>(d->frame.reference_count, to.references.size()) & 7;
  if (to.reference_count == d->frame.reference_count)
    for (std::size_t i = 0; i < to.reference_count; ++i) to.references[i] = near_reference(d->frame.references[i]);
  to.chains = d->frame.chains;
  to.has_structure = head->has_structure;
  to.tells_active = d->active_targets.has_value();
  to.says_more = d->ends_frame || head->has_structure || d->active_targets.has_value();
  packet.info.starts_frame = d->starts_frame;
  packet.info.ends_frame = d->ends_frame;
  packet.info.key_frame |= head->has_structure && d->starts_frame;
  packet.info.spatial_layer = d->frame.spatial;
  packet.info.temporal_layer = d->frame.temporal;
}

void DependencyTracker::follow(const Packet& packet) {
  if (packet.dependencies.has_structure) learn(packet, packet.extension(HeaderExtension::kDependencyDescriptor));
}

// A key frame that was repaired late does not bring back what a newer one has replaced.
void DependencyTracker::learn(const Packet& packet, ByteView value) {
  if (known_ && packet.seq < known_->since) return;
  const auto structure = wire::parse_dependency_structure(value);
  if (!structure) return known_.reset();
  if (!known_) known_ = std::make_unique<Known>();
  *known_ = {*structure, DecodeTargets(*structure), packet.seq, structure->all_targets()};
}

}  // namespace consomme::media
