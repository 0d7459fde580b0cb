// Which encoding of a simulcast source a consumer gets: the best one that is alive, within the client's wish and the
// bandwidth. Nothing that is alive within the wish: then the worst that the bandwidth allows. The stream that is
// forwarded stays until the target's key frame is there, so that a change costs no picture; only an encoding that died
// is left at once, if there is another. Owned by an outbound stream.
#pragma once

#include <cstdint>
#include <optional>

namespace consomme::media {

inline constexpr std::size_t kMaxEncodings = 8;  // rids of one source; browsers send up to three

// Indexes into the producer's encodings, worst first.
using Encoding = std::uint8_t;

class Layers {
 public:
  explicit Layers(std::size_t encodings);

  // Bit i: encoding i sent something lately. When none did, all are kept as they are: the source rests.
  void set_active(std::uint8_t mask);
  // A packet of it is here: it is alive, whatever was said before.
  void saw(Encoding e) {
    if ((active_ >> e & 1) == 0) [[unlikely]]
      set_active(static_cast<std::uint8_t>(active_ | 1U << e));
  }
  // Nothing above `highest` is aimed at; nullopt: nothing at all.
  void set_limit(std::optional<Encoding> highest);
  // Nothing above it is aimed at while anything else can be had.
  void set_wish(Encoding highest);
  // From here on this one is forwarded.
  void reach(Encoding e) { current_ = e; }
  // Nothing is forwarded until the target is reached.
  void leave() { current_.reset(); }

  std::optional<Encoding> current() const { return current_; }  // what is forwarded
  std::optional<Encoding> target() const { return target_; }    // what should be
  bool switching() const { return target_ && target_ != current_; }

 private:
  void retarget();

  std::uint8_t known_ = 0;  // bit mask of the encodings there are
  std::uint8_t active_ = 0;
  std::uint8_t allowed_ = 0xff;  // bit mask of those within the limit
  std::uint8_t wished_ = 0xff;   // and of those within the wish
  std::optional<Encoding> current_;
  std::optional<Encoding> target_;
};

}  // namespace consomme::media
