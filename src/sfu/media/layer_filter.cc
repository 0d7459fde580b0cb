#include "sfu/media/layer_filter.h"

#include "sfu/media/layer_filter_dependency.h"
#include "sfu/media/layer_filter_h264.h"
#include "sfu/media/layer_filter_vp8.h"
#include "sfu/media/layer_filter_vp9.h"

namespace consomme::media {

// `Codec::kWholePictures`: a picture is forwarded whole or not at all, so that one decision is for all of its packets.
template <class Codec>
class alignas(64) LayerFilter::RuleOf final : public Rule {
 public:
  void start(const Packet& key_frame, Layer limit) override { codec_.start(key_frame, limit); }
  Verdict plan(const Packet& packet, Layer limit) override {
    Verdict verdict = codec_.plan(packet, limit);
    verdict.wants_key_frame = codec_.wants_key_frame();
    verdict.of_whole_frame |= Codec::kWholePictures;
    return verdict;
  }
  Layer current() const override { return codec_.current(); }

 private:
  Codec codec_;
};

LayerFilter::LayerFilter(wire::Codec codec) : rule_(rule_of(codec)) {}

std::unique_ptr<LayerFilter::Rule> LayerFilter::rule_of(wire::Codec codec) {
  switch (codec) {
    case wire::Codec::kVp8:
      return std::make_unique<RuleOf<Vp8LayerFilter>>();
    case wire::Codec::kVp9:
      return std::make_unique<RuleOf<Vp9LayerFilter>>();
    case wire::Codec::kH264:
      return std::make_unique<RuleOf<H264LayerFilter>>();
    case wire::Codec::kAv1:
      return std::make_unique<RuleOf<DependencyLayerFilter>>();
    default:
      return nullptr;
  }
}

}  // namespace consomme::media
