// Memory that was freed, on its way back to the system.
#pragma once

namespace consomme::sfu {

// Gives back every page in which nothing lives. Takes some milliseconds for 50 MB; other threads wait only if they
// allocate meanwhile.
void return_free_memory();
// The same of what the calling thread has freed of its own, where the allocator tells threads apart.
void return_free_memory_of_thread();

}  // namespace consomme::sfu
