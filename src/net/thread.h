// What a worker thread asks of the scheduler. Acts on the calling thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace consomme::net {

// The cores this process may use (a container or taskset may leave only some), in ascending order; never empty.
std::vector<unsigned> allowed_cores();

// How many of them it may keep busy all the time: fewer, at least one, where its control group has a quota (cgroup v2
// cpu.max: docker run --cpus, CPUQuota= of systemd).
unsigned usable_cores();
// Of the text of cpu.max, "microseconds period", rounded up; nullopt where it sets no quota, or is none.
std::optional<unsigned> cores_of_quota(const std::string& cpu_max);

// False when the kernel refuses; the thread then stays where it may run.
bool pin_thread(unsigned core);

// How long it has run, and waited for a core although it had something to do: behind a quota, a neighbour or another
// thread of ours there. Linux with schedstat; elsewhere how long it has run.
Duration core_time_wanted();

// As shown by top and gdb; the kernel keeps the first 15 characters.
void name_thread(const std::string& name);

}  // namespace consomme::net
