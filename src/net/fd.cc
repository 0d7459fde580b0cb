#include "net/fd.h"

#include <unistd.h>

namespace consomme::net {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace consomme::net
