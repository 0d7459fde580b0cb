// Picture ids and TL0PICIDX of VP8 and VP9 as a consumer sees them: behind a pause and in another encoding they go on
// by one. Owned by a layer filter.
#pragma once

#include <cstdint>

#include "base/sequence.h"
#include "sfu/media/packet.h"

namespace consomme::media {

class PictureNumbering {
 public:
  // What Verdict::descriptor says; 0: the payload's descriptor stays as it came.
  static constexpr std::uint16_t picture_id(std::uint32_t descriptor) { return descriptor >> 8 & kIdMask; }
  static constexpr std::uint8_t tl0_index(std::uint32_t descriptor) { return descriptor & 0xff; }

  // The key frame comes next, behind the last picture that was sent.
  void join(const Packet& key_frame) {
    const wire::PictureNumbers& numbers = key_frame.info.numbers;
    if (started_) {
      id_offset_ = static_cast<std::uint16_t>((numbers.picture_id - last_id_ - 1) & kIdMask);
      tl0_offset_ = static_cast<std::uint8_t>(numbers.tl0_index - last_tl0_ - 1);
    }
    started_ = true;
    note(key_frame, id_offset_);
  }
  // Ids from here on close up by one.
  void leave_out() { id_offset_ = (id_offset_ + 1) & kIdMask; }
  std::uint16_t id_offset() const { return id_offset_; }  // source - output

  // Of a packet that is sent, and the offset that ids have in its picture.
  std::uint32_t descriptor(const Packet& packet, std::uint16_t id_offset) {
    // Also of one that comes late, when nothing behind it was sent.
    if (distance(last_seq_, truncate(packet.seq)) > 0) note(packet, id_offset);
    const wire::PictureNumbers& numbers = packet.info.numbers;
    const std::uint16_t id = output_id(numbers, id_offset);
    const std::uint8_t tl0 = output_tl0(numbers);
    const bool has_numbers = numbers.picture_id_offset != 0 || numbers.tl0_offset != 0;
    if (!has_numbers || (id == numbers.picture_id && tl0 == numbers.tl0_index)) return 0;
    return kRewritten | std::uint32_t{id} << 8 | tl0;
  }

 private:
  static constexpr std::uint16_t kIdMask = 0x7fff;  // ids have 15 bits; where a field has seven it holds the lowest
  static constexpr std::uint32_t kRewritten = 1U << 29;  // so that no descriptor that is to be written is 0

  static std::uint16_t output_id(const wire::PictureNumbers& numbers, std::uint16_t id_offset) {
    return static_cast<std::uint16_t>((numbers.picture_id - id_offset) & kIdMask);
  }
  std::uint8_t output_tl0(const wire::PictureNumbers& numbers) const {
    return static_cast<std::uint8_t>(numbers.tl0_index - tl0_offset_);
  }
  // Nothing that was sent comes behind this packet.
  void note(const Packet& packet, std::uint16_t id_offset) {
    last_seq_ = truncate(packet.seq);
    last_id_ = output_id(packet.info.numbers, id_offset);
    last_tl0_ = output_tl0(packet.info.numbers);
  }

  bool started_ = false;
  std::uint8_t tl0_offset_ = 0;  // source - output
  std::uint8_t last_tl0_ = 0;    // of the output: that of the last packet that was sent
  std::uint16_t id_offset_ = 0;
  std::uint16_t last_id_ = 0;  // the same packet's
  SeqNo last_seq_;             // and its number in the source
};

}  // namespace consomme::media
