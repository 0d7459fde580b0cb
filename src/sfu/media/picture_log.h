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

// `Picture` has members `timestamp`, that of RTP, and `begin`, the sequence number of the first packet seen of it.
// Sixteen bits of that are enough: nothing that an inbound stream lets through is half a circle late.
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
    for (std::size_t i = 0; i < count_; ++i) {
      if (back(i).timestamp == packet.rtp.timestamp) return &back(i);
      if (begins_before(back(i), packet)) return nullptr;  // a picture's packets follow each other
    }
    return nullptr;
  }
  // Whether a packet of no picture that we remember begins another, and does not come late.
  bool is_next(const Packet& packet) { return count_ == 0 || begins_before(back(0), packet); }
  // The last picture that began before the packet.
  Picture* before(const Packet& packet) {
    for (std::size_t i = 0; i < count_; ++i)
      if (begins_before(back(i), packet)) return &back(i);
    return nullptr;
  }

 private:
  static constexpr std::size_t kPictures = 128;  // two seconds at 60 a second: as far as receivers are sent repairs

  static bool begins_before(const Picture& picture, const Packet& packet) {
    return distance(picture.begin, truncate(packet.seq)) > 0;
  }
  Picture& back(std::size_t i) { return pictures_[(next_ - 1 - i) % kPictures]; }

  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::array<Picture, kPictures> pictures_{};
};

}  // namespace consomme::media
