// What a figure was measured on, and what another process has used. Read from Linux's own accounts.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <fstream>
#include <string>

#include "base/check.h"
#include "base/time.h"

namespace consomme::bench {

inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

inline double load_average() {
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  return load;
}

// Of all its threads, in user space and in the kernel.
inline Duration cpu_time_of(pid_t process) {
  clockid_t clock{};
  check(clock_getcpuclockid(process, &clock) == 0, "the process runs");
  timespec spent{};
  clock_gettime(clock, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

inline std::size_t resident_bytes_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; file >> word;)
    if (std::size_t kilobytes = 0; word == "Rss:" && file >> kilobytes) return kilobytes * 1024;
  check(false, "the process's memory can be read");
  return 0;
}

}  // namespace consomme::bench
