#include "net/thread.h"

#include <pthread.h>
#include <sched.h>

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

bool pin_thread(unsigned core) {
  if (core >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

void name_thread(const std::string& name) {
  constexpr std::size_t kKernelKeeps = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelKeeps).c_str());
}

}  // namespace consomme::net
