// Deadlines of rooms and peers in one queue. An entry is a reminder, not a promise: whoever is reminded looks whether
// there is still something to do, so nothing is ever cancelled.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace consomme::server {

enum class TimerKind : std::uint8_t { kParticipantList, kAnnouncements };

struct Timer {
  Instant at;
  TimerKind kind;
  std::string subject;  // a room's or a peer's id
};

class Timers {
 public:
  void remind(Instant at, TimerKind kind, std::string subject) {
    if (at != kNever) queue_.push({at, kind, std::move(subject)});
  }
  Instant deadline() const { return queue_.empty() ? kNever : queue_.top().at; }
  // The next reminder that is due; nullopt if none is.
  std::optional<Timer> expire(Instant now) {
    if (queue_.empty() || queue_.top().at > now) return std::nullopt;
    Timer timer = queue_.top();
    queue_.pop();
    return timer;
  }

 private:
  struct Later {
    bool operator()(const Timer& a, const Timer& b) const { return a.at > b.at; }
  };
  std::priority_queue<Timer, std::vector<Timer>, Later> queue_;
};

}  // namespace consomme::server
