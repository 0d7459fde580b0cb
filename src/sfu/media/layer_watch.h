// Two small observers that the layer filters share: what is really being forwarded, and how long a switch is awaited.
#pragma once

#include <cstdint>

#include "sfu/media/layer.h"

namespace consomme::media {

// The highest layer among the pictures forwarded of late: a stream that has fewer layers than it may is so seen, and
// one that lost a layer within 32 to 64 pictures.
class ForwardedLayer {
 public:
  void clear() { *this = {}; }
  void note(Layer layer) { now_ = higher_of(now_, layer); }
  void next_picture() {
    if (++pictures_ % kWindow != 0) return;
    before_ = now_;
    now_ = {};
  }
  Layer highest() const { return higher_of(now_, before_); }

 private:
  static constexpr std::uint8_t kWindow = 32;
  Layer now_;
  Layer before_;
  std::uint8_t pictures_ = 0;
};

// A temporal switch waits for its switching point, and an encoder that makes none would leave it waiting for ever: then
// a key frame has to do.
class Patience {
 public:
  void wait() {
    if (waited_ < kPictures) ++waited_;
  }
  void reward() { waited_ = 0; }
  bool over() const { return waited_ == kPictures; }

 private:
  static constexpr std::uint8_t kPictures = 60;  // left out for want of a switching point: two to four seconds
  std::uint8_t waited_ = 0;
};

}  // namespace consomme::media
