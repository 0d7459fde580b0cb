// How a thread is told that something waits for it in places that do not wake it themselves, as a ring: a descriptor in
// its loop, and one system call for all that comes until it looks. Ring after putting something in, answer before
// looking: then nothing is overlooked, since whoever finds the bell rung came before the answer.
#pragma once

#include <atomic>

#include "net/event_fd.h"

namespace consomme::net {

class Doorbell {
 public:
  // Any thread.
  void ring() {
    if (!rung_.exchange(true)) event_.signal();
  }
  // The one that is told.
  void answer() {
    event_.clear();
    rung_.exchange(false);
  }
  int fd() const { return event_.fd(); }  // readable while it is rung

 private:
  EventFd event_;
  std::atomic<bool> rung_ = false;
};

}  // namespace consomme::net
