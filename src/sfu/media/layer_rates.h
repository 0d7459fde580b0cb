// Bit rates of one encoding by layer: what a consumer limited to a layer would be sent, in the long run. Owned by the
// inbound stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "sfu/media/decode_targets.h"
#include "sfu/media/layer.h"
#include "sfu/media/peak_hold.h"
#include "sfu/media/rate_meter.h"

namespace consomme::media {

class LayerRates {
 public:
  // Higher ones are counted with the highest of these; WebRTC's scalability modes end at three.
  static constexpr std::size_t kSpatialLayers = 4;
  static constexpr std::size_t kTemporalLayers = 4;

  LayerRates() : cells_(std::make_unique<Cells>()) {}

  // A packet of one layer.
  struct Part {
    std::size_t bytes = 0;
    Layer layer;
    bool key_picture = false;
    bool alone = false;  // no higher spatial layer needs it
  };
  // Every other layer above it needs it.
  void add(Instant now, const Part& part);
  // It is for those decode targets only.
  void add(Instant now, const Part& part, std::uint32_t present, const DecodeTargets& targets);

  // By spatial and temporal layer: of all up to it.
  using Table = std::array<std::array<Bitrate, kTemporalLayers>, kSpatialLayers>;
  Table table(Instant now);
  // The highest of each that table() has told of late, but for the first second and what follows a key picture. What is
  // to be raised is measured by these: pictures of a kind differ, and a second that happened to be cheap is no reason.
  Table peaks() const { return peaks_.of_late(); }
  Bitrate up_to(Instant now, Layer limit) { return at(table(now), limit); }
  static Bitrate at(const Table& table, Layer limit) {
    const Layer top = clamped(limit);
    return table[top.spatial][top.temporal];
  }
  // The highest layer that sent something within `lately`, in each respect.
  Layer highest(Instant now, Duration lately) const;

 private:
  // A key picture is large and comes seldom: in the rate of one second it would make a layer look dear, and what it
  // stands for would be missing without it. So neither that rate nor the one in the long run is to be exceeded.
  class Rate {
   public:
    void add(Instant now, const Part& part) {
      all_.add(now, part.bytes);
      if (!part.key_picture) lately_.add(now, part.bytes);
    }
    // `filled`: the part of the last second in which there was a source.
    std::int64_t rate(Instant now, double filled) {
      const auto lately = static_cast<double>(lately_.rate(now).value()) / filled;
      return std::max(static_cast<std::int64_t>(lately), all_.rate(now).value());
    }

   private:
    RateMeter lately_;  // without key pictures
    SlidingRate<10> all_;
  };
  struct Cell {
    Rate rate;
    Rate alone;
    Instant last = Instant::min();
  };
  using Cells = std::array<std::array<Cell, kTemporalLayers>, kSpatialLayers>;

  // Less tells little of a video's rate.
  static constexpr Duration kLeastFilled = 250ms;
  static constexpr Duration kFilled = 1s;
  static constexpr Duration kPause = 1s;  // then it begins anew
  // An encoder exceeds its rate in the pictures behind a key picture, and saves that again in those behind them.
  // Interop: Chromium 156 with AV1 in three layers, 2.4 times for 0.3 s and 0.7 for 1.2 s. Out of the last second that
  // is after:
  static constexpr Duration kSettling = 2500ms;
  // Parts of the rate before. What is nearer to it is how any rate varies, what is further from it another rate.
  struct Band {
    double from;
    double to;
  };
  static constexpr Band kOvershoot{1.15, 2};
  static constexpr Band kPayback{0.5, 0.85};

  static bool disturbed(Bitrate rate, Bitrate before);
  void note(Instant now, bool key_picture);
  Table measured(Instant now);
  static Layer clamped(Layer layer) { return lower_of(layer, {kSpatialLayers - 1, kTemporalLayers - 1}); }
  Cell& at(Layer layer) { return (*cells_)[layer.spatial][layer.temporal]; }

  std::unique_ptr<Cells> cells_;
  Instant begun_{};
  Instant last_{};
  Table before_{};  // the last key picture
  PeakHold<Table> peaks_;
  Instant settled_{};       // when what it did to the rates is over
  bool by_target_ = false;  // a cell holds the rate of its whole decode target, not of the layer alone
};

}  // namespace consomme::media
