// H264 has one temporal layer to leave out: pictures that nothing is predicted from (nal_ref_idc 0, ITU-T H.264
// §7.4.1). Leaving them out, and taking them again, costs nothing at any time. Owned by an outbound stream.
#pragma once

#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class H264LayerFilter {
 public:
  static constexpr bool kWholePictures = true;

  void start(const Packet& key_frame, Layer limit);
  Verdict plan(const Packet& packet, Layer limit);
  Layer current() const { return lower_of({0, temporal_}, forwarded_.highest()); }
  bool wants_key_frame() const { return false; }

 private:
  struct Picture {
    RtpTimestamp timestamp;
    SeqNo begin;
    bool forward = true;
  };
  ForwardedLayer forwarded_;
  std::uint8_t temporal_ = 0;  // the highest layer forwarded
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
