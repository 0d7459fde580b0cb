#include "sfu/media/layer_filter.h"

namespace consomme::media {

std::unique_ptr<LayerFilter> LayerFilter::make(wire::Codec codec) {
  const auto with = [](Codecs filter, bool whole_pictures = false) {
    return std::unique_ptr<LayerFilter>(new LayerFilter(std::move(filter), whole_pictures));
  };
  switch (codec) {
    case wire::Codec::kVp8:
      return with(Vp8LayerFilter(), true);
    case wire::Codec::kVp9:
      return with(Vp9LayerFilter());
    case wire::Codec::kH264:
      return with(H264LayerFilter(), true);
    case wire::Codec::kAv1:
      return with(Av1LayerFilter());
    default:
      return nullptr;
  }
}

}  // namespace consomme::media
