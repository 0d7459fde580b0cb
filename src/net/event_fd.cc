#include "net/event_fd.h"

#include <sys/eventfd.h>

#include "base/check.h"

namespace consomme::net {

EventFd::EventFd() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  check(static_cast<bool>(fd_), "the process may open an eventfd (see its limit of open files)");
}

// Fails only when the counter would overflow, and then the descriptor is readable already.
void EventFd::signal() {
  eventfd_write(fd_.get(), 1);
}

// Fails only when nothing was signalled.
void EventFd::clear() {
  eventfd_t count = 0;
  eventfd_read(fd_.get(), &count);
}

}  // namespace consomme::net
