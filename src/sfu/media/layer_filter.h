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

class LayerFilter {
 public:
  // nullptr: this codec's packets are all for everybody.
  static std::unique_ptr<LayerFilter> make(wire::Codec codec);

  void start(const Packet& key_frame, Layer limit) {
    std::visit([&](auto& filter) { filter.start(key_frame, limit); }, codec_);
  }
  Verdict plan(const Packet& packet, Layer limit) {
    return std::visit([&](auto& filter) { return filter.plan(packet, limit); }, codec_);
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
  explicit LayerFilter(Codecs codec) : codec_(std::move(codec)) {}

  Codecs codec_;
};

}  // namespace consomme::media
