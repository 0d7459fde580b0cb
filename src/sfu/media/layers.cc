#include "sfu/media/layers.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace consomme::media {
namespace {

std::uint8_t up_to(Encoding highest) {
  return static_cast<std::uint8_t>((2U << std::min<unsigned>(highest, kMaxEncodings - 1)) - 1);
}

}  // namespace

Layers::Layers(std::size_t encodings) : known_(static_cast<std::uint8_t>((1U << encodings) - 1)) {
  check(encodings >= 1 && encodings <= kMaxEncodings, "a source has between one and kMaxEncodings encodings");
  if (encodings == 1) target_ = Encoding{0};  // no choice to wait for
}

void Layers::set_limit(std::optional<Encoding> highest) {
  allowed_ = highest ? up_to(*highest) : 0;
  retarget();
}

void Layers::set_wish(Encoding highest) {
  wished_ = up_to(highest);
  retarget();
}

void Layers::set_active(std::uint8_t mask) {
  if ((mask & known_) == 0) return;
  active_ = mask & known_;
  retarget();
}

// An encoding above the limit is forwarded until the target's key frame comes; where there is no target, it ends. A
// dead one that is the only one within the limit is kept: when it comes back it goes on without a key frame.
void Layers::retarget() {
  const unsigned alive = known_ == 1 ? known_ : active_;
  const unsigned current = current_ ? 1U << *current_ : 0;
  const unsigned candidates = (alive & allowed_) != 0 ? alive & allowed_ : current & allowed_;
  target_.reset();
  if (const unsigned wished = candidates & wished_; wished != 0)
    target_ = static_cast<Encoding>(std::bit_width(wished) - 1);
  else if (candidates != 0)
    target_ = static_cast<Encoding>(std::countr_zero(candidates));
  if (!target_ || (target_ != current_ && (alive & current) == 0)) leave();
}

}  // namespace consomme::media
