// Temporal layers of VP8 (RFC 7741 §4.2), and the numbers in its payload descriptor: pictures that are left out, pauses
// and changes of the encoding close up in picture id and TL0PICIDX. Owned by an outbound stream.
#pragma once

#include <cstdint>

#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/picture_numbering.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class Vp8LayerFilter {
 public:
  static constexpr bool kWholePictures = true;

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

  ForwardedLayer forwarded_;
  Patience patience_;
  std::uint8_t temporal_ = 0;  // the highest layer forwarded now
  PictureNumbering numbering_;
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
