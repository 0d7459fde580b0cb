// A server under measurement: started as a process of its own, watched from outside, ended with its owner.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "bench/machine.h"
#include "net/fd.h"

namespace consomme::bench {

class ServerProcess {
 public:
  // `command` is the program and its arguments. Waits for the line that names the port: "... listens on ..., port N".
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  Duration cpu_time() const { return cpu_time_of(pid_); }
  std::size_t resident_bytes() const { return own_bytes_of(pid_); }

 private:
  std::uint16_t read_port();

  pid_t pid_ = 0;
  net::Fd output_;
  std::uint16_t port_ = 0;
};

}  // namespace consomme::bench
