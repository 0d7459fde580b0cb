#include "sfu/bwe/top_up.h"

#include <algorithm>

namespace consomme::bwe {
namespace {

bool of_use(const Wanted& wanted, Bitrate estimate) {
  return wanted.next > estimate;
}

}  // namespace

void TopUp::expire(Instant now, const Wanted& wanted, Bitrate estimate, double own_loss) {
  if (!of_use(wanted, estimate)) {
    if (filled_) pause_ = kPause;  // that went well
    return filled_.reset();
  }
  if (!filled_) {
    if (now >= next_) begin(now, estimate);
    return;
  }
  if (estimate > highest_) {
    highest_ = estimate;
    risen_ = now;
  }
  if (estimate < scaled(highest_, kFallen) || now - risen_ > kFlat) return give_up(now);
  const double depth = bytes_in(estimate, kDepth);
  balance_ = std::clamp(balance_ + bytes_in(scaled(estimate, ahead_ / (1 - own_loss)), now - *filled_), -depth, depth);
  filled_ = now;
}

void TopUp::begin(Instant now, Bitrate estimate) {
  filled_ = risen_ = next_padding_ = now;
  highest_ = estimate;
  balance_ = 0;
}

void TopUp::give_up(Instant now) {
  filled_.reset();
  ahead_ = 1;
  next_ = now + pause_;
  pause_ = std::min(2 * pause_, kMaxPause);
}

Instant TopUp::deadline(const Wanted& wanted, Bitrate estimate) const {
  if (filled_) return next_padding_;
  return of_use(wanted, estimate) ? next_ : kNever;
}

}  // namespace consomme::bwe
