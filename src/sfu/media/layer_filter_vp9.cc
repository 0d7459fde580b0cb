#include "sfu/media/layer_filter_vp9.h"

namespace consomme::media {

void Vp9LayerFilter::start(const Packet& /*key_frame*/, Layer limit) {
  log_.clear();
  forwarded_.clear();
  patience_.reward();
  highest_ = limit;
  missed_ = false;
}

Verdict Vp9LayerFilter::plan(const Packet& packet, Layer limit) {
  const Layer layer = layer_of(packet);
  Picture* picture = log_.find(packet);
  const bool late = picture == nullptr && !log_.is_next(packet);  // all of its picture: it goes by the one before
  if (picture == nullptr) picture = late ? log_.before(packet) : &begin(packet, limit);
  if (picture == nullptr) return {.forward = false};
  if (!late && picture == log_.newest()) climb(*picture, packet, layer, limit);
  if (!layer.within(picture->forward)) {
    if (!late) picture->left_out = true;
    return {.forward = false};
  }
  if (!late) picture->switches_up &= packet.info.layer_sync;
  forwarded_.note(layer);
  const bool ends = packet.info.ends_frame && layer.spatial == picture->forward.spatial;
  picture->ended |= ends;
  return {.ends_picture = ends};
}

// Down at any picture. Up in time behind a picture that says so: no later picture of a higher temporal layer refers to
// one before it that we left out. They may refer to what was lost behind it, which goes by it when it comes.
Vp9LayerFilter::Picture& Vp9LayerFilter::begin(const Packet& packet, Layer limit) {
  Picture* const before = log_.newest();
  if (before != nullptr && before->switches_up && limit.temporal > highest_.temporal)
    before->forward.temporal = highest_.temporal = limit.temporal;
  if (packet.info.key_frame) highest_ = limit;
  const bool wanted = packet.info.temporal_layer.value_or(0) > highest_.temporal &&
                      packet.info.temporal_layer.value_or(0) <= limit.temporal;
  highest_ = lower_of(highest_, limit);
  missed_ = false;
  if (wanted)
    patience_.wait();
  else if (highest_.temporal == limit.temporal)
    patience_.reward();
  forwarded_.next_picture();
  return log_.add({.timestamp = packet.rtp.timestamp,
                   .begin = truncate(packet.seq),
                   .forward = highest_,
                   .switches_up = packet.info.layer_sync && layer_of(packet).within(highest_)});
}

// Up in space at a key picture, whose layers need nothing of earlier ones; unless it tells too late that it is one:
// what was left out of its upper layers, later pictures refer to. Another picture may have such a layer too (P is not
// set), but when it comes, the layer below has ended the picture already, and a picture ends once (the marker, RFC 9628
// §4.1).
void Vp9LayerFilter::climb(Picture& picture, const Packet& packet, Layer layer, Layer limit) {
  if (packet.info.key_frame && !picture.ended && !picture.left_out)
    picture.forward = highest_ = higher_of(picture.forward, limit);
  if (layer.spatial > picture.forward.spatial && layer.spatial <= limit.spatial &&
      layer.temporal <= picture.forward.temporal)
    missed_ = true;
}

}  // namespace consomme::media
