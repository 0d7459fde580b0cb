// Which packets of one encoding a consumer gets, by the layers inside it: the codec's own filter, chosen once per
// stream. Owned by an outbound stream, which calls start() with the key frame that begins a segment and then plan() for
// each packet of it, that one included, with the highest layer that is wanted.
#pragma once

#include <memory>

#include "sfu/media/verdict.h"
#include "sfu/wire/payload/codec.h"

namespace consomme::media {

class LayerFilter {
 public:
  // Of a codec whose packets are all of one layer it forwards everything.
  explicit LayerFilter(wire::Codec codec);

  void start(const Packet& key_frame, Layer limit) {
    frame_ = {};
    if (rule_) rule_->start(key_frame, limit);
  }
  Verdict plan(const Packet& packet, Layer limit) {
    const Frame frame{packet.timestamp, packet.dependencies.frame_number};
    if (!rule_ || (frame == frame_ && !(verdict_.forward && packet.dependencies.says_more))) return verdict_;
    verdict_ = rule_->plan(packet, limit);
    frame_ = verdict_.of_whole_frame ? frame : Frame{};
    return verdict_;
  }
  // What is really forwarded, as far as it has been seen.
  Layer current() const { return rule_ ? rule_->current() : Layer{}; }
  // A wanted layer is there and cannot be joined but at a key frame.
  bool wants_key_frame() const { return verdict_.wants_key_frame; }

 private:
  class Rule {
   public:
    virtual ~Rule() = default;
    virtual void start(const Packet& key_frame, Layer limit) = 0;
    virtual Verdict plan(const Packet& packet, Layer limit) = 0;
    virtual Layer current() const = 0;
  };
  template <class Codec>
  class RuleOf;

  // A dependency descriptor numbers the frames of a picture, one for each spatial layer.
  struct Frame {
    ExtTimestamp timestamp{-1};
    std::uint16_t number = 0;
    bool operator==(const Frame&) const = default;
  };

  static std::unique_ptr<Rule> rule_of(wire::Codec codec);

  // Most packets go by what was said of the one before, and touch nothing else.
  Verdict verdict_;
  Frame frame_;                 // all of which it is of
  std::unique_ptr<Rule> rule_;  // nullptr: there are no layers
};

}  // namespace consomme::media
