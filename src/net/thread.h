// What a worker thread asks of the scheduler. Acts on the calling thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace consomme::net {

// The cores this process may use (a container or taskset may leave only some), in ascending order; never empty.
std::vector<unsigned> allowed_cores();

// How many of them it may keep busy all the time: fewer, at least one, where its control groups have a quota
// (docker run --cpus, CPUQuota= of systemd). `root`: where /proc and /sys are.
unsigned usable_cores(const std::filesystem::path& root = "/");
// The least quota of the process's control group and those around it, of cgroup v2 or v1; nullopt: there is none.
std::optional<unsigned> cores_of_groups(const std::filesystem::path& root);
// Of the text of cpu.max, "microseconds period", rounded up; nullopt where it sets no quota, or is none.
std::optional<unsigned> cores_of_quota(const std::string& cpu_max);

// Whether threads that are to be busy gain by being pinned, a core each: only where they are as many as the cores.
// Fewer begin with the same cores as those of every other process here that does so, and where a quota lets no more run
// at once the scheduler knows better.
constexpr bool pays_to_pin(unsigned threads, unsigned allowed, unsigned usable) {
  return threads == allowed && usable == allowed;
}

// False when the kernel refuses; the thread then stays where it may run.
bool pin_thread(unsigned core);

// How long it has run, and waited for a core although it had something to do: behind a quota, a neighbour or another
// thread of ours there. Linux with schedstat; elsewhere how long it has run.
Duration core_time_wanted();
// Of the text of schedstat, "nanoseconds nanoseconds slices", and of how long it has run by its clock, which is all
// that counts where a kernel that notes nothing says "0 0 0".
Duration core_time_wanted(const std::string& schedstat, Duration by_clock);

// As shown by top and gdb; the kernel keeps the first 15 characters.
void name_thread(const std::string& name);

}  // namespace consomme::net
