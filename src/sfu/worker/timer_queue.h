// Who wants to be woken when, for objects whose deadline moves with every packet. Moving it later costs nothing: the
// entry that is already queued wakes too early once, and its owner names the new time then. So a packet touches the
// queue only when its owner wants to be woken earlier than planned.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "base/time.h"

namespace consomme::worker {

// What an object keeps about its place in the queue.
struct Wake {
  Instant queued = kNever;
};

template <class Handle>
class TimerQueue {
 public:
  // `wake` belongs to the object that `handle` names.
  void schedule(Wake& wake, Handle handle, Instant at) {
    if (at >= wake.queued) return;
    wake.queued = at;
    heap_.push_back({at, handle});
    std::ranges::push_heap(heap_, kLater);
  }

  struct Due {
    Instant at;
    Handle handle;
  };
  // The earliest entry that is due. Its owner compares `at` with its Wake: another value means that the entry was
  // overtaken by an earlier one and says nothing; the same means wake.queued = kNever, and a new schedule().
  std::optional<Due> pop(Instant now) {
    if (heap_.empty() || heap_.front().at > now) return std::nullopt;
    std::ranges::pop_heap(heap_, kLater);
    const Due due = heap_.back();
    heap_.pop_back();
    return due;
  }
  Instant deadline() const { return heap_.empty() ? kNever : heap_.front().at; }
  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr auto kLater = [](const Due& a, const Due& b) { return a.at > b.at; };
  std::vector<Due> heap_;
};

}  // namespace consomme::worker
