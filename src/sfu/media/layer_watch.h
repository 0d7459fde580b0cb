// Small observers that the layer filters share: what is really being forwarded, how long a switch is awaited, and
// whether what is shown still comes.
#pragma once

#include <cstdint>

#include "base/time.h"
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

// In K-SVC the layer that is shown comes alone, and nothing is seen any more when its encoder stops it without telling.
// So many pictures of lower layers only, and it is gone: a quarter of a second of a fluent video. Where they take long,
// as many as come meanwhile have to do.
class Absence {
 public:
  void end() { pictures_ = 0; }
  // Another picture begins; `missed`: the one before lacked it.
  void next_picture(Instant now, bool missed) {
    if (missed) miss(now);
    begun_ = now;
  }
  bool lasts() const { return pictures_ == kPictures; }

 private:
  void miss(Instant now) {
    if (pictures_ == 0) since_ = begun_;
    if (pictures_ < kPictures) ++pictures_;
    if (pictures_ >= kFewest && now - since_ >= kLong) pictures_ = kPictures;
  }

  static constexpr std::uint8_t kPictures = 8;
  static constexpr std::uint8_t kFewest = 2;
  static constexpr Duration kLong = 600ms;
  std::uint8_t pictures_ = 0;
  Instant begun_{};
  Instant since_{};
};

}  // namespace consomme::media
