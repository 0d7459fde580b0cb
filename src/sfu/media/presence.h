// Whether a source lets anything be seen or heard. Front ends pause and close their producers without telling, so it is
// inferred: from media that does not come, and from sound that is digital silence. Driven by the worker: show() for
// each packet that is a sign of life, expire() at deadline(). It leaves to the caller what such a sign is.
#pragma once

#include "base/time.h"

namespace consomme::media {

class Presence {
 public:
  // Comfort noise of a pause comes every 400 ms (RFC 7587 §3.1.3), a still screen every second.
  static constexpr Duration kSilentAfter = 2s;

  // The source could send from now on.
  void begin(Instant now) { last_ = now; }
  // True: it was silent until now.
  bool show(Instant now) {
    last_ = now;
    if (!silent_) [[likely]]
      return false;
    silent_ = false;
    return true;
  }
  // True: it has become silent.
  bool expire(Instant now) {
    if (now < deadline()) return false;
    silent_ = true;
    return true;
  }
  // Somebody else infers.
  void adopt(bool silent) { silent_ = silent; }
  Instant deadline() const { return silent_ || last_ == kNever ? kNever : last_ + kSilentAfter; }
  bool silent() const { return silent_; }

 private:
  Instant last_ = kNever;  // sign of life, or the beginning
  bool silent_ = false;
};

}  // namespace consomme::media
