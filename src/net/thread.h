// What a worker thread asks of the scheduler. Acts on the calling thread.
#pragma once

#include <string>
#include <vector>

namespace consomme::net {

// The cores this process may use (a container or taskset may leave only some), in ascending order; never empty.
std::vector<unsigned> allowed_cores();

// False when the kernel refuses; the thread then stays where it may run.
bool pin_thread(unsigned core);

// As shown by top and gdb; the kernel keeps the first 15 characters.
void name_thread(const std::string& name);

}  // namespace consomme::net
