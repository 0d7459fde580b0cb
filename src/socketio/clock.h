// The edge where the library reads the time: Asio's timers and the engines' time line are both the monotonic clock.
#pragma once

#include <chrono>

#include "base/time.h"

namespace consomme::socketio {

inline Instant now() {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}
inline std::chrono::steady_clock::time_point to_steady(Instant at) {
  return std::chrono::steady_clock::time_point(at.time_since_epoch());
}

}  // namespace consomme::socketio
