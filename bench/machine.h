// What a figure was measured on, and what another process has used. Read from Linux's own accounts.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
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

// Of each of its threads, by the thread's id; to a hundredth of a second, which is what Linux tells of other processes.
inline std::map<std::string, Duration> cpu_times_of_threads(pid_t process) {
  const Duration tick = Duration(1s) / sysconf(_SC_CLK_TCK);
  std::map<std::string, Duration> times;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream file(thread.path() / "stat");
    file.ignore(std::numeric_limits<std::streamsize>::max(), ')');  // its name may hold anything
    std::string word;
    for (int i = 0; i < 11; ++i) file >> word;
    std::int64_t user = 0;
    std::int64_t system = 0;
    file >> user >> system;
    times[thread.path().filename()] = tick * (user + system);
  }
  return times;
}

// Memory that it has written to, wherever it is: of the programs and libraries that it maps, no page that is as on
// disk.
inline std::size_t own_bytes_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; file >> word;)
    if (std::size_t kilobytes = 0; word == "Anonymous:" && file >> kilobytes) return kilobytes * 1024;
  check(false, "the process's memory can be read");
  return 0;
}

}  // namespace consomme::bench
