#include "sfu/media/layer_filter_h264.h"

namespace consomme::media {

void H264LayerFilter::start(const Packet& /*key_frame*/, Layer /*limit*/) {
  log_.clear();
  forwarded_.clear();
}

// The first packet decides for its picture: where delimiter or SEI went ahead alone, the rest must follow. A picture
// all of which comes late is forwarded: packet by packet, nobody knows where it begins.
Verdict H264LayerFilter::plan(const Packet& packet, Layer limit) {
  const Layer layer = layer_of(packet);
  const Picture* picture = log_.find(packet);
  if (picture == nullptr && log_.is_next(packet)) {
    temporal_ = limit.temporal;
    forwarded_.next_picture();
    picture = &log_.add({packet.rtp.timestamp, truncate(packet.seq), layer.temporal <= limit.temporal});
  }
  const bool forward = picture == nullptr || picture->forward;
  if (forward) forwarded_.note(layer);
  return {.forward = forward};
}

}  // namespace consomme::media
