// Which packets of one encoding a consumer gets, by the layers inside it: the codec's own filter, chosen once per
// stream. Owned by an outbound stream, which calls start() with the key frame that begins a segment and then plan() for
// each packet of it, that one included, with the highest layer that is wanted.
#pragma once

#include <memory>
#include <variant>

#include "sfu/media/layer_filter_av1.h"
#include "sfu/media/layer_filter_h264.h"
#include "sfu/media/layer_filter_vp8.h"
#include "sfu/media/layer_filter_vp9.h"
#include "sfu/wire/payload/codec.h"

namespace consomme::media {

class alignas(64) LayerFilter {
 public:
  // nullptr: this codec's packets are all for everybody.
  static std::unique_ptr<LayerFilter> make(wire::Codec codec);

  void start(const Packet& key_frame, Layer limit) {
    picture_ = kNoPicture;
    std::visit([&](auto& filter) { filter.start(key_frame, limit); }, codec_);
  }
  Verdict plan(const Packet& packet, Layer limit) {
    if (packet.timestamp == picture_) return verdict_;
    const Verdict verdict = std::visit([&](auto& filter) { return filter.plan(packet, limit); }, codec_);
    if (whole_pictures_) {
      picture_ = packet.timestamp;
      verdict_ = verdict;
    }
    return verdict;
  }
  // What is really forwarded, as far as it has been seen.
  Layer current() const {
    return std::visit([](const auto& filter) { return filter.current(); }, codec_);
  }
  // A wanted layer is there and cannot be joined but at a key frame.
  bool wants_key_frame() const {
    return std::visit([](const auto& filter) { return filter.wants_key_frame(); }, codec_);
  }

 private:
  using Codecs = std::variant<Vp8LayerFilter, Vp9LayerFilter, H264LayerFilter, Av1LayerFilter>;
  static constexpr ExtTimestamp kNoPicture{-1};

  // `whole_pictures`: one decision for all packets of a picture.
  LayerFilter(Codecs codec, bool whole_pictures) : whole_pictures_(whole_pictures), codec_(std::move(codec)) {}

  // Most packets go by what was said of the one before, and touch nothing else.
  ExtTimestamp picture_ = kNoPicture;
  Verdict verdict_;
  bool whole_pictures_;
  Codecs codec_;
};

}  // namespace consomme::media
