#include "net/thread.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>

namespace consomme::net {

std::vector<unsigned> allowed_cores() {
  std::vector<unsigned> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (unsigned core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) cores.push_back(core);
  if (cores.empty()) cores.push_back(0);  // more cores than a cpu_set_t holds
  return cores;
}

unsigned usable_cores() {
  const auto allowed = static_cast<unsigned>(allowed_cores().size());
  std::string cpu_max;
  std::getline(std::ifstream("/sys/fs/cgroup/cpu.max"), cpu_max);  // in a container its own group is the root
  return std::min(allowed, cores_of_quota(cpu_max).value_or(allowed));
}

std::optional<unsigned> cores_of_quota(const std::string& cpu_max) {
  std::uint64_t quota = 0;
  std::uint64_t period = 0;
  if (!(std::istringstream(cpu_max) >> quota >> period) || quota == 0 || period == 0) return std::nullopt;
  const std::uint64_t cores = (quota - 1) / period + 1;
  return static_cast<unsigned>(std::min<std::uint64_t>(cores, std::numeric_limits<unsigned>::max()));
}

bool pin_thread(unsigned core) {
  if (core >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

Duration core_time_wanted() {
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  std::ifstream schedstat("/proc/thread-self/schedstat");
  if (schedstat >> ran >> waited) return std::chrono::nanoseconds(ran + waited);
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

void name_thread(const std::string& name) {
  constexpr std::size_t kKernelKeeps = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelKeeps).c_str());
}

}  // namespace consomme::net
