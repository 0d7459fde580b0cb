// Temporal layers of VP8 (RFC 7741 §4.2), and the numbers in its payload descriptor: pictures that are left out, pauses
// and changes of the encoding close up in picture id and TL0PICIDX. Owned by an outbound stream.
#pragma once

#include <cstdint>

#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class Vp8LayerFilter {
 public:
  static constexpr bool kWholePictures = true;
  // What Verdict::descriptor says; 0: the descriptor stays as it came.
  static constexpr std::uint16_t picture_id(std::uint32_t descriptor) { return descriptor >> 8 & 0x7fff; }
  static constexpr std::uint8_t tl0_index(std::uint32_t descriptor) { return descriptor & 0xff; }

  void start(const Packet& key_frame, Layer limit);
  Verdict plan(const Packet& packet, Layer limit);
  Layer current() const { return lower_of({0, temporal_}, forwarded_.highest()); }
  bool wants_key_frame() const { return patience_.over(); }

 private:
  struct Picture {
    RtpTimestamp timestamp;
    SeqNo begin;
    // Of this picture and of what follows until the next that we know:
    std::uint16_t id_offset = 0;  // source - output
    std::uint8_t temporal = 0;    // the highest layer forwarded
  };

  const Picture& begin(const Packet& packet, Layer limit);
  void note(const Packet& packet, std::uint16_t id_offset);
  std::uint32_t descriptor(const Packet& packet, const Picture& picture) const;
  std::uint8_t output_tl0(const wire::Vp8Numbers& numbers) const;

  ForwardedLayer forwarded_;
  Patience patience_;
  std::uint8_t temporal_ = 0;  // the highest layer forwarded now
  bool started_ = false;
  std::uint16_t id_offset_ = 0;
  std::uint8_t tl0_offset_ = 0;  // source - output
  SeqNo last_seq_;               // of the source: the last packet that was sent
  std::uint16_t last_id_ = 0;    // of the output: that packet's
  std::uint8_t last_tl0_ = 0;
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
