// Spatial and temporal layers inside a VP9 stream (RFC 9628 §4.2), flexible mode or not: full SVC, and K-SVC, whose
// layers depend on each other in key pictures only. Picture ids count pictures and may skip those that are left out,
// and in flexible mode references are said in terms of them: they go on by one where a key frame begins a segment, and
// else as the source counts.
//
// Of the layers below the one that is shown, frames that say they are not used by the layers above (Z) are left out: of
// K-SVC all but those of key pictures. So a receiver of K-SVC goes down in space at a key picture only, as it goes up;
// of full SVC at any picture. Which of the two it is, no announcement is asked for. Owned by an outbound stream.
#pragma once

#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/picture_numbering.h"
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
    std::uint8_t target;       // below it nothing is forwarded that no upper layer needs
    std::uint8_t shown;        // the highest spatial layer forwarded since the last key picture
    bool left_out = false;     // something of it was
    bool ended = false;        // the receiver was told that nothing more of it follows
    bool forwarded = false;    // something of it was
    bool unneeded = false;     // a layer came that is of no use without the one that is shown
    bool whole = true;         // nothing is missing of it so far, nor before it
    bool switches_up = false;  // all that was forwarded of it allows to switch up in time (U); else all that came
  };

  void learn(const Packet& packet, Layer layer);
  Picture& begin(const Packet& packet, Layer limit, bool follows);
  void climb(Picture& picture, const Packet& packet, Layer layer, Layer limit);
  void note(Picture& picture, const Packet& packet, Layer layer, bool forward, bool follows);

  ForwardedLayer forwarded_;
  Patience patience_;
  ExtSeqNo newest_{-1};                       // of the packets
  Layer highest_;                             // what is forwarded of pictures from now on
  std::uint8_t top_ = kHighestLayer.spatial;  // the highest spatial layer that there is, as far as the source told
  // Spatial layers, bit by bit, whose last frame outside key pictures was of use above them: so was all that it depends
  // on, and nothing of it was left out.
  std::uint8_t whole_ = 0;
  Absence absence_;      // of the layer that is shown
  bool missed_ = false;  // a layer that is wanted was left out for want of a key frame
  PictureNumbering numbering_;
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
