// H264 itself tells of one temporal layer to leave out: pictures that nothing is predicted from (nal_ref_idc 0, ITU-T
// H.264 §7.4.1). Leaving them out, and taking them again, costs nothing at any time. Of a stream whose key frame has a
// dependency descriptor, as Chromium's of several temporal layers, that tells of all of them. Owned by an outbound
// stream.
#pragma once

#include "sfu/media/layer_filter_dependency.h"
#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class H264LayerFilter {
 public:
  static constexpr bool kWholePictures = false;  // said packet by packet, since a descriptor may tell otherwise

  void start(const Packet& key_frame, Layer limit);
  Verdict plan(const Packet& packet, Layer limit);
  Layer current() const {
    return is_described_ ? described_.current() : lower_of({0, temporal_}, forwarded_.highest());
  }
  bool wants_key_frame() const { return is_described_ && described_.wants_key_frame(); }

 private:
  struct Picture {
    RtpTimestamp timestamp;
    SeqNo begin;
    bool forward = true;
  };
  Verdict plan_by_reference(const Packet& packet, Layer limit);

  bool is_described_ = false;
  DependencyLayerFilter described_;
  ForwardedLayer forwarded_;
  std::uint8_t temporal_ = 0;  // the highest layer forwarded
  PictureLog<Picture> log_;
};

}  // namespace consomme::media
