// Spatial and temporal layers inside a VP9 stream (RFC 9628 §4.2), flexible mode or not: full SVC, and K-SVC, whose
// layers depend on each other in key pictures only. Nothing of the payload is rewritten: picture ids count pictures and
// may skip those that are left out, and in flexible mode references are said in terms of them.
//
// All layers up to the highest are forwarded, also those that say they are not used by the layers above (Z): so a
// receiver can go down at any picture. Owned by an outbound stream.
#pragma once

#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class Vp9LayerFilter {
 public:
  static constexpr bool kWholePictures = false;

  void start(const Packet& key_frame, Layer limit);
  Verdict plan(const Packet& packet, Layer limit);
  Layer current() const { return lower_of(highest_, forwarded_.highest()); }
  bool wants_key_frame() const { return missed_ || patience_.over(); }

 private:
  struct Picture {
    RtpTimestamp timestamp;
    SeqNo begin;
    Layer forward;             // up to here
    bool left_out = false;     // something of it was
    bool ended = false;        // the receiver was told that nothing more of it follows
    bool switches_up = false;  // what came first was forwarded, and so far all of that allows to switch up in time (U)
  };

  Picture& begin(const Packet& packet, Layer limit);
  void climb(Picture& picture, const Packet& packet, Layer layer, Layer limit);

  ForwardedLayer forwarded_;
  Patience patience_;
  Layer highest_;        // what is forwarded of pictures from now on
  bool missed_ = false;  // a layer that is wanted was left out for want of a key frame
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
