#include "sfu/media/layer_filter_vp8.h"

namespace consomme::media {
void Vp8LayerFilter::start(const Packet& key_frame, Layer limit) {
  numbering_.join(key_frame);
  temporal_ = limit.temporal;
  log_.clear();
  forwarded_.clear();
  patience_.reward();
}

Verdict Vp8LayerFilter::plan(const Packet& packet, Layer limit) {
  const Layer layer = layer_of(packet);
  const Picture* picture = log_.find(packet);
  // A picture all of which comes late has no entry of its own, and goes by the one before.
  if (picture == nullptr) picture = log_.is_next(packet) ? &begin(packet, limit) : log_.before(packet);
  if (picture == nullptr || layer.temporal > picture->temporal) return {.forward = false};
  forwarded_.note(layer);
  return {.descriptor = numbering_.descriptor(packet, picture->id_offset)};
}

const Vp8LayerFilter::Picture& Vp8LayerFilter::begin(const Packet& packet, Layer limit) {
  const std::uint8_t temporal = packet.info.temporal_layer.value_or(0);
  if (packet.info.key_frame || temporal_ > limit.temporal) temporal_ = limit.temporal;
  // One layer at a time: what follows a synchronized picture may refer to any picture below its layer.
  if (temporal == temporal_ + 1 && temporal <= limit.temporal && packet.info.layer_sync) ++temporal_;
  const bool forward = temporal <= temporal_;
  if (temporal_ >= limit.temporal || packet.info.key_frame)
    patience_.reward();
  else if (!forward && temporal <= limit.temporal)
    patience_.wait();
  if (!forward) numbering_.leave_out();
  forwarded_.next_picture();
  return log_.add({packet.rtp.timestamp, truncate(packet.seq), numbering_.id_offset(), temporal_});
}

}  // namespace consomme::media
