// Layers inside a stream by its dependency descriptor (AV1 RTP payload format, Appendix A), of AV1 and of H264 where it
// has one: a consumer follows one decode target, gets the frames that are present in it, and no others. Without a
// descriptor, or while none can be resolved, the stream is forwarded whole. Owned by an outbound stream.
//
// A decode target can be followed from a key frame on, or from a decodable frame with its switch indication, for as
// long as nothing that its later frames may need was left out and no frame of its chain was. What the source lost on
// its way to us is asked for again, by us and by the receiver, so it breaks nothing of the target that is followed; one
// that has frames besides is left to be joined anew.
//
// Encoders say which targets they go on with. One that stops a layer without a word, which in K-SVC comes alone, is
// found out by that it does not come, and is asked for a key picture. Whatever that lacks is not waited for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/sequence.h"
#include "sfu/media/decode_targets.h"
#include "sfu/media/layer_watch.h"
#include "sfu/media/picture_log.h"
#include "sfu/media/verdict.h"

namespace consomme::media {

class DependencyLayerFilter {
 public:
  static constexpr bool kWholePictures = false;
  // What Verdict::descriptor says; 0: the dependency descriptor stays as it came.
  static constexpr std::uint16_t frame_offset(std::uint32_t descriptor) {  // source - output, of frame numbers
    return static_cast<std::uint16_t>(descriptor >> wire::kMaxDecodeTargets);
  }
  static constexpr std::uint32_t told_targets(std::uint32_t descriptor) {  // 0: the mask stays, or there is none
    return descriptor & ((1U << wire::kMaxDecodeTargets) - 1);
  }

  void start(const Packet& key_frame, Layer limit);
  Verdict plan(const Packet& packet, Layer limit);
  Layer current() const {
    return lower_of(current_ ? targets_.layers[*current_] : kHighestLayer, forwarded_.highest());
  }
  bool wants_key_frame() const { return missed_ || patience_.over() || absence_.lasts(); }

 private:
  static constexpr std::int64_t kFrames = 256;  // what references and chains, a byte each, can reach back to
  enum class Fate : std::uint8_t { kUnknown, kForwarded, kDropped };
  struct Unit {  // a temporal unit
    RtpTimestamp timestamp;
    SeqNo begin;
    std::optional<std::uint8_t> target;  // as it was followed when the last frame that we know of it was decided
  };

  // The newest temporal unit, as far as it has come.
  struct Seen {
    bool key = false;        // a key picture
    std::uint8_t top = 0;    // the highest spatial layer
    bool forwarded = false;  // something of it was
    bool below = false;      // a layer came that is of no use without the one that is followed
  };

  // Frame numbers as the receiver sees them. References and chains are relative to them.
  struct Output {
    std::uint16_t offset = 0;     // source - output
    std::optional<SeqNo> newest;  // that was sent

    SeqNo number(const PacketDependencies& d) const {
      return SeqNo(static_cast<std::uint16_t>(d.frame_number - offset));
    }
    void join(const PacketDependencies& key_frame);
    void note(const PacketDependencies& d);
  };

  Fate& fate(std::int64_t frame) { return fates_[static_cast<std::uint8_t>(frame)]; }
  bool is_long_past(const PacketDependencies& d) const;
  void begin(std::int64_t frame, const Packet& packet);
  void begin_unit(const Packet& packet, bool nothing_lost);
  void see(const Packet& packet);
  void reach_up_to(std::uint8_t spatial);
  void aim() { allowed_ = targets_.within(lower_of(limit_, {top_, kHighestLayer.temporal})); }
  const Unit* unit_of(const Packet& packet);
  bool decide(std::int64_t frame, const Packet& packet);
  void adopt(const Packet& packet);
  void choose(std::uint32_t usable, const PacketDependencies& d);
  void miss(std::uint8_t wanted);
  bool references_forwarded(std::int64_t frame, const PacketDependencies& d);
  std::uint32_t broken_by(std::int64_t frame, const PacketDependencies& d);
  std::uint32_t mask(const PacketDependencies& d) const;

  Output output_;
  DecodeTargets targets_;
  Layer limit_ = kHighestLayer;
  std::uint8_t top_ = kHighestLayer.spatial;  // the highest spatial layer that there is, as far as is known
  std::uint32_t allowed_ = 0;                 // targets within the limit, of layers that there are
  std::uint32_t among_ = 0;                   // those of them that the sender produces
  std::optional<std::uint8_t> wanted_;        // the best of those
  std::optional<std::uint8_t> current_;       // the target that is followed
  std::uint32_t valid_ = 0;                   // targets of which everything needed was forwarded
  std::uint32_t told_ = 0;                    // the mask that the receiver knows
  std::int64_t told_in_ = -1;                 // the frame that tells it
  SeqUnwrapper numbers_;                      // of frames, up to the newest
  bool ended_ = false;                        // the receiver was told that nothing more of the newest unit follows
  bool missed_ = false;                       // a layer that is wanted was left out for want of a key frame
  ForwardedLayer forwarded_;
  Patience patience_;
  Absence absence_;  // of the layer that is followed
  Seen seen_;
  PictureLog<Unit> units_;
  std::array<Fate, kFrames> fates_{};
};

}  // namespace consomme::media
