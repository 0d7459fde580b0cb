// A wake-up that an epoll loop can wait for.
#pragma once

#include "net/fd.h"

namespace consomme::net {

class EventFd {
 public:
  EventFd();
  void signal();  // any thread; repeated signals are one
  void clear();
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

}  // namespace consomme::net
