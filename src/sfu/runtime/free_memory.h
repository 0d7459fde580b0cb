// Memory that was freed, on its way back to the system.
#pragma once

namespace consomme::sfu {

// Gives back every page in which nothing lives. Takes some milliseconds for 50 MB; other threads wait only if they
// allocate meanwhile.
void return_free_memory();

}  // namespace consomme::sfu
