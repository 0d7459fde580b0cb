#include "net/thread.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace consomme::net {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

// The group that the process is in where that controller counts, from "4:cpu,cpuacct:/path"; the one hierarchy of
// cgroup v2 names none: "0::/path".
std::optional<fs::path> group_of(const fs::path& root, const std::string& controller) {
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::istringstream parts(line);
    std::string number, controllers, path;
    std::getline(std::getline(std::getline(parts, number, ':'), controllers, ':'), path);
    if (("," + controllers + ",").contains("," + controller + ",")) return path;
  }
  return std::nullopt;
}

std::optional<unsigned> cores_of_group(const fs::path& group) {
  const std::string cpu_max = first_line(group / "cpu.max");
  if (!cpu_max.empty()) return cores_of_quota(cpu_max);
  return cores_of_quota(first_line(group / "cpu.cfs_quota_us") + " " + first_line(group / "cpu.cfs_period_us"));
}

// Every group around it may have a quota, too. In a container the path may be one of the host, of which only the root
// is to be seen: its own group.
std::optional<unsigned> least_from(const fs::path& mounted, const fs::path& path) {
  std::optional<unsigned> least;
  for (fs::path group = path.relative_path();; group = group.parent_path()) {
    const std::optional<unsigned> cores = cores_of_group(mounted / group);
    if (cores) least = std::min(least.value_or(*cores), *cores);
    if (group.empty()) return least;
  }
}

}  // namespace

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

unsigned usable_cores(const fs::path& root) {
  const auto allowed = static_cast<unsigned>(allowed_cores().size());
  return std::min(allowed, cores_of_groups(root).value_or(allowed));
}

std::optional<unsigned> cores_of_groups(const fs::path& root) {
  const fs::path mounted = root / "sys/fs/cgroup";
  if (const auto v1 = group_of(root, "cpu"))
    if (const auto cores = least_from(mounted / "cpu", *v1)) return cores;
  return least_from(mounted, group_of(root, "").value_or("/"));
}

std::optional<unsigned> cores_of_quota(const std::string& cpu_max) {
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(std::istringstream(cpu_max) >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
  const std::int64_t cores = (quota - 1) / period + 1;
  return static_cast<unsigned>(std::min<std::int64_t>(cores, std::numeric_limits<unsigned>::max()));
}

bool pin_thread(unsigned core) {
  if (core >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

Duration core_time_wanted() {
  timespec ran{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  return core_time_wanted(first_line("/proc/thread-self/schedstat"),
                          std::chrono::seconds(ran.tv_sec) + std::chrono::nanoseconds(ran.tv_nsec));
}

Duration core_time_wanted(const std::string& schedstat, Duration by_clock) {
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  if (!(std::istringstream(schedstat) >> ran >> waited)) return by_clock;
  return std::max<Duration>(by_clock, std::chrono::nanoseconds(ran + waited));
}

void name_thread(const std::string& name) {
  constexpr std::size_t kKernelKeeps = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelKeeps).c_str());
}

}  // namespace consomme::net
