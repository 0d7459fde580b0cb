#include "sfu/media/layer_filter_vp8.h"

namespace consomme::media {
namespace {

constexpr std::uint16_t kIdMask = 0x7fff;  // picture ids have 15 bits, and where a field has seven it holds the lowest
constexpr std::uint32_t kRewritten = 1U << 29;  // so that no descriptor that is to be written is 0

std::uint16_t output_id(const wire::Vp8Numbers& numbers, std::uint16_t id_offset) {
  return static_cast<std::uint16_t>((numbers.picture_id - id_offset) & kIdMask);
}

}  // namespace

// The numbers go on behind those of the last picture that was sent.
void Vp8LayerFilter::start(const Packet& key_frame, Layer limit) {
  const wire::Vp8Numbers& numbers = key_frame.info.vp8;
  if (started_) {
    id_offset_ = static_cast<std::uint16_t>((numbers.picture_id - last_id_ - 1) & kIdMask);
    tl0_offset_ = static_cast<std::uint8_t>(numbers.tl0_index - last_tl0_ - 1);
  }
  started_ = true;
  note(key_frame, id_offset_);
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
  // Also of one that comes late, when nothing behind it was sent.
  if (distance(last_seq_, truncate(packet.seq)) > 0) note(packet, picture->id_offset);
  return {.descriptor = descriptor(packet, *picture)};
}

// Nothing that was sent comes behind this packet.
void Vp8LayerFilter::note(const Packet& packet, std::uint16_t id_offset) {
  last_seq_ = truncate(packet.seq);
  last_id_ = output_id(packet.info.vp8, id_offset);
  last_tl0_ = output_tl0(packet.info.vp8);
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
  if (!forward) id_offset_ = (id_offset_ + 1) & kIdMask;
  forwarded_.next_picture();
  return log_.add({packet.rtp.timestamp, truncate(packet.seq), id_offset_, temporal_});
}

std::uint32_t Vp8LayerFilter::descriptor(const Packet& packet, const Picture& picture) const {
  const wire::Vp8Numbers& numbers = packet.info.vp8;
  const std::uint16_t id = output_id(numbers, picture.id_offset);
  const std::uint8_t tl0 = output_tl0(numbers);
  const bool has_numbers = numbers.picture_id_offset != 0 || numbers.tl0_offset != 0;
  if (!has_numbers || (id == numbers.picture_id && tl0 == numbers.tl0_index)) return 0;
  return kRewritten | std::uint32_t{id} << 8 | tl0;
}

std::uint8_t Vp8LayerFilter::output_tl0(const wire::Vp8Numbers& numbers) const {
  return static_cast<std::uint8_t>(numbers.tl0_index - tl0_offset_);
}

}  // namespace consomme::media
