// A file descriptor kept for the moment when the process has no other left: given up for as long as it takes to accept
// one connection and close it. Whoever waits in the kernel's queue hangs, and is reported to us without end.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace consomme::socketio {

class SpareDescriptor {
 public:
  SpareDescriptor() { hold(); }
  ~SpareDescriptor() { give_up(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  // False: another thread was quicker, and there is none to give up.
  bool hold() {
    if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd_ >= 0;
  }
  void give_up() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace consomme::socketio
