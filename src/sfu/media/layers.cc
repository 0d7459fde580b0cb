#include "sfu/media/layers.h"

#include <bit>

#include "base/check.h"

namespace consomme::media {

Layers::Layers(std::size_t encodings) : known_(static_cast<std::uint8_t>((1U << encodings) - 1)) {
  check(encodings >= 1 && encodings <= kMaxEncodings, "a source has between one and kMaxEncodings encodings");
  if (encodings == 1) target_ = Encoding{0};  // no choice to wait for
}

void Layers::set_active(std::uint8_t mask) {
  active_ = mask & known_;
  if (active_ != 0) retarget();
}

void Layers::retarget() {
  target_ = static_cast<Encoding>(std::bit_width(active_) - 1);
  if (current_ && (active_ >> *current_ & 1) == 0) leave();
}

}  // namespace consomme::media
