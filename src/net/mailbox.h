// How one thread tells another something: a bounded queue of values, any number of producers, one consumer, who is
// woken through a descriptor it watches in its loop. A mutex around a vector: the lock is held for one move or one
// swap.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "net/event_fd.h"

namespace consomme::net {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  // Any thread. False when full: `item` is then untouched and still the caller's. Wakes the consumer only when the
  // mailbox was empty; whoever comes later is found by the drain that this wake-up causes.
  bool push(T&& item) {
    bool first = false;
    {
      const std::scoped_lock lock(mutex_);
      if (waiting_.size() >= capacity_) return false;
      first = waiting_.empty();
      waiting_.push_back(std::move(item));
    }
    if (first) event_.signal();
    return true;
  }

  // The consumer. Replaces the contents of `out` with all that waits, in the order of arrival; `out`'s storage becomes
  // the mailbox's, so a consumer that drains into the same vector every time allocates nothing once both have grown.
  void drain(std::vector<T>& out) {
    out.clear();
    event_.clear();  // before the swap: what is pushed after the swap signals again
    const std::scoped_lock lock(mutex_);
    std::swap(waiting_, out);
  }

  // Readable while something waits.
  int fd() const { return event_.fd(); }

 private:
  const std::size_t capacity_;
  EventFd event_;
  std::mutex mutex_;
  std::vector<T> waiting_;
};

}  // namespace consomme::net
