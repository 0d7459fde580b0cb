#include "sfu/media/key_frames.h"

#include <algorithm>

namespace consomme::media {

void KeyFrameRequests::request(Instant now) {
  if (wanted_) return;
  wanted_ = true;
  tries_ = 0;
  next_ = std::max(next_, now);
}

void KeyFrameRequests::received_key_frame() {
  wanted_ = false;
}

bool KeyFrameRequests::expire(Instant now) {
  if (!wanted_ || now < next_) return false;
  const bool opens_interval = now >= interval_start_ + kInterval;
  if (opens_interval) interval_start_ = now;
  const Instant interval_end = interval_start_ + kInterval;
  const bool quick = opens_interval && tries_ == 0;
  next_ = quick ? std::min(now + std::max(kMinQuickRetry, 2 * rtt_), interval_end) : interval_end;
  if (++tries_ == kMaxTries) wanted_ = false;
  return true;
}

}  // namespace consomme::media
