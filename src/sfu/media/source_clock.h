// The wall clock of one peer, as the sender reports of all its streams tell it (RFC 3550 §6.4.1), seen from here: in
// our own time, the way of a report included. What matters is that one peer's streams share one: a picture and its
// sound are then as far apart here as they were there, however long each took to encode and send. Owned by the peer.
#pragma once

#include <optional>

#include "base/time.h"

namespace consomme::media {

class SourceClock {
 public:
  // A report that says `ntp` came now. Our time less the peer's, as it is to be taken for all its streams from now on.
  Duration note(Instant now, NtpTime ntp) {
    const Duration sample = now - ntp.to_instant();
    if (!offset_ || std::chrono::abs(sample - *offset_) > kMaxStep)
      offset_ = sample;
    else
      *offset_ += (sample - *offset_) / kSmoothing;
    return *offset_;
  }

 private:
  // A report that was late by a queue must not move the sound, and a clock that drifts by 100 ppm is still followed
  // within 2 ms.
  static constexpr int kSmoothing = 16;
  // Further than queues and drift explain: the peer has set its clock.
  static constexpr Duration kMaxStep = 1s;

  std::optional<Duration> offset_;  // our time less the peer's
};

}  // namespace consomme::media
