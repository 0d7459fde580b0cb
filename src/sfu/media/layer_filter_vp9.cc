#include "sfu/media/layer_filter_vp9.h"

#include <algorithm>

namespace consomme::media {

void Vp9LayerFilter::start(const Packet& key_frame, Layer limit) {
  const PictureNumbering before = numbering_;
  *this = {};
  numbering_ = before;
  numbering_.join(key_frame);
  highest_ = limit;
}

Verdict Vp9LayerFilter::plan(const Packet& packet, Layer limit) {
  const Layer layer = layer_of(packet);
  Picture* picture = log_.find(packet);
  const bool late = picture == nullptr && !log_.is_next(packet);  // all of its picture: it goes by the one before
  const bool newest = !late && (picture == nullptr || picture == log_.newest());
  const bool follows = packet.seq == newest_ + 1;
  newest_ = std::max(newest_, packet.seq);
  if (newest) learn(packet, layer);
  if (picture == nullptr) picture = late ? log_.before(packet) : &begin(packet, limit, follows);
  if (picture == nullptr) return {.forward = false};
  if (newest) climb(*picture, packet, layer, limit);
  const bool unneeded = packet.info.not_for_upper_layers && layer.spatial < picture->target;
  const bool forward = !unneeded && layer.within(picture->forward);
  if (newest) note(*picture, packet, layer, forward, follows);
  if (!forward) {
    if (!late) picture->left_out = true;
    if (newest) picture->unneeded |= unneeded && layer.temporal <= picture->forward.temporal;
    return {.forward = false};
  }
  forwarded_.note(layer);
  absence_.end();
  const bool ends = packet.info.ends_frame && layer.spatial == picture->forward.spatial;
  picture->ended |= ends;
  return {.ends_picture = ends, .descriptor = numbering_.descriptor(packet, numbering_.id_offset())};
}

// What it tells of the layers that there are.
void Vp9LayerFilter::learn(const Packet& packet, Layer layer) {
  if (packet.info.spatial_layers != 0) top_ = static_cast<std::uint8_t>(packet.info.spatial_layers - 1);
  top_ = std::max(top_, layer.spatial);
  if (!packet.info.inter_predicted) return;
  const auto bit = static_cast<std::uint8_t>(1U << layer.spatial);
  if (packet.info.not_for_upper_layers)
    whole_ = static_cast<std::uint8_t>(whole_ & ~bit);
  else
    whole_ |= bit;
}

// Down in space at any picture, if the layer is whole, else at a key picture: until that comes, fewer pictures of the
// larger size have to do. Also if the larger one does not come any more. Down in time at any picture. Up in time behind
// a picture that says so: no later picture of a higher temporal layer refers to one before it that we left out. They
// may refer to what was lost behind it, which goes by it when it comes. A layer that the encoder has no bits left for,
// as behind key pictures in a row, is missing in pictures of which the other layers say it (RFC 9628 §4.2: the picture
// does): so it counts where nothing was lost, of which nobody knows what it says.
Vp9LayerFilter::Picture& Vp9LayerFilter::begin(const Packet& packet, Layer limit, bool follows) {
  const bool key = packet.info.key_frame;
  Picture* const before = log_.newest();
  std::uint8_t target = before == nullptr || key ? std::uint8_t{0} : std::min(before->shown, highest_.spatial);
  const std::uint8_t best = std::min(limit.spatial, top_);
  const bool stays = best < target && (whole_ >> best & 1) == 0;
  if (stays) limit = {target, 0};
  if (key) absence_.end();
  absence_.next_picture(packet.received, !key && before != nullptr && before->unneeded && !before->forwarded);
  missed_ = stays || absence_.lasts();
  const bool switches_up =
      before != nullptr && before->switches_up && (before->forwarded || (before->whole && follows));
  if (switches_up && limit.temporal > highest_.temporal) before->forward.temporal = highest_.temporal = limit.temporal;
  if (key) highest_ = limit;
  const bool wanted = packet.info.temporal_layer.value_or(0) > highest_.temporal &&
                      packet.info.temporal_layer.value_or(0) <= limit.temporal;
  highest_ = lower_of(highest_, limit);
  target = std::min(target, highest_.spatial);
  if (wanted)
    patience_.wait();
  else if (highest_.temporal == limit.temporal)
    patience_.reward();
  forwarded_.next_picture();
  return log_.add({.timestamp = packet.rtp.timestamp,
                   .begin = truncate(packet.seq),
                   .forward = highest_,
                   .target = target,
                   .shown = target,
                   .switches_up = true});
}

// A key picture, whose layers need nothing of earlier ones, may tell late that it is one. What was left out of its
// upper layers, later pictures refer to: then it is of no use. Else up in space, unless it has ended; and down behind
// it. Another picture may have a higher layer too (P is not set), but when it comes, the layer below has ended the
// picture already, and a picture ends once (the marker, RFC 9628 §4.1).
void Vp9LayerFilter::climb(Picture& picture, const Packet& packet, Layer layer, Layer limit) {
  if (packet.info.key_frame && !picture.left_out) {
    highest_ = picture.ended ? lower_of(picture.forward, limit) : limit;
    picture.forward = higher_of(picture.forward, highest_);
  }
  if (layer.spatial > picture.forward.spatial && layer.spatial <= limit.spatial &&
      layer.temporal <= picture.forward.temporal)
    missed_ = true;
}

// It is of the newest picture, and forwarded or not.
void Vp9LayerFilter::note(Picture& picture, const Packet& packet, Layer layer, bool forward, bool follows) {
  picture.whole &= follows;
  const bool allows = packet.info.layer_sync && layer.temporal <= picture.forward.temporal;
  if (forward) {
    picture.switches_up = allows && (picture.switches_up || !picture.forwarded);
    picture.forwarded = true;
    picture.shown = std::max(picture.shown, layer.spatial);
  } else if (!picture.forwarded) {
    picture.switches_up &= allows;
  }
}

}  // namespace consomme::media
