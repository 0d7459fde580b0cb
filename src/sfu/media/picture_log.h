// What was decided about the last pictures of a stream: packets of one picture, which share a timestamp, share a
// decision, and one that comes late finds that of its time. Order is that of sequence numbers: timestamps go back where
// pictures are sent in another order than shown.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/sequence.h"
#include "sfu/media/packet.h"

namespace consomme::media {

// `Picture` has members `timestamp` and `begin`, the sequence number of the first packet that was seen of it.
template <class Picture>
class PictureLog {
 public:
  void clear() { count_ = 0; }
  Picture* newest() { return count_ == 0 ? nullptr : &back(0); }
  Picture& add(const Picture& picture) {
    pictures_[next_ % kPictures] = picture;
    ++next_;
    count_ = std::min(count_ + 1, kPictures);
    return back(0);
  }
  // The packet's picture, which nearly always is the newest or another; nullptr: none that we remember.
  Picture* find(const Packet& packet) {
    if (is_next(packet) && (count_ == 0 || back(0).timestamp != packet.timestamp)) return nullptr;
    for (std::size_t i = 0; i < count_; ++i)
      if (back(i).timestamp == packet.timestamp) return &back(i);
    return nullptr;
  }
  // Whether a packet of no picture that we remember begins another, and does not come late.
  bool is_next(const Packet& packet) { return count_ == 0 || packet.seq > back(0).begin; }
  // The last picture that began before the packet.
  Picture* before(const Packet& packet) {
    for (std::size_t i = 0; i < count_; ++i)
      if (back(i).begin < packet.seq) return &back(i);
    return nullptr;
  }

 private:
  static constexpr std::size_t kPictures = 16;  // half a second, which a repair takes at most to be of use

  Picture& back(std::size_t i) { return pictures_[(next_ - 1 - i) % kPictures]; }

  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::array<Picture, kPictures> pictures_{};
};

}  // namespace consomme::media
