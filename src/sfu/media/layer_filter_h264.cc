#include "sfu/media/layer_filter_h264.h"

namespace consomme::media {

void H264LayerFilter::start(const Packet& key_frame, Layer limit) {
  is_described_ = key_frame.dependencies.decode_targets != 0;
  described_.start(key_frame, limit);
  log_.clear();
  forwarded_.clear();
}

Verdict H264LayerFilter::plan(const Packet& packet, Layer limit) {
  return is_described_ ? described_.plan(packet, limit) : plan_by_reference(packet, limit);
}

// The first packet decides for its picture: where delimiter or SEI went ahead alone, the rest must follow. A picture
// all of which comes late is forwarded: packet by packet, nobody knows where it begins.
Verdict H264LayerFilter::plan_by_reference(const Packet& packet, Layer limit) {
  const Layer layer = layer_of(packet);
  const Picture* picture = log_.find(packet);
  if (picture == nullptr && log_.is_next(packet)) {
    temporal_ = limit.temporal;
    forwarded_.next_picture();
    picture = &log_.add({packet.rtp.timestamp, truncate(packet.seq), layer.temporal <= limit.temporal});
  }
  const bool forward = picture == nullptr || picture->forward;
  if (forward) forwarded_.note(layer);
  return {.forward = forward, .of_whole_frame = true};
}

}  // namespace consomme::media
