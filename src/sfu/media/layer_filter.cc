#include "sfu/media/layer_filter.h"

namespace consomme::media {

std::unique_ptr<LayerFilter> LayerFilter::make(wire::Codec codec) {
  const auto with = [](Codecs filter) { return std::unique_ptr<LayerFilter>(new LayerFilter(std::move(filter))); };
  switch (codec) {
    case wire::Codec::kVp8:
      return with(Vp8LayerFilter());
    case wire::Codec::kVp9:
      return with(Vp9LayerFilter());
    case wire::Codec::kH264:
      return with(H264LayerFilter());
    case wire::Codec::kAv1:
      return with(Av1LayerFilter());
    default:
      return nullptr;
  }
}

}  // namespace consomme::media
