#include "sfu/runtime/free_memory.h"

#ifdef CONSOMME_JEMALLOC
#include <jemalloc/jemalloc.h>

#include <string>

#include "base/check.h"
#else
#include <malloc.h>
#endif

namespace consomme::sfu {

void return_free_memory() {
#ifdef CONSOMME_JEMALLOC
  // The number is that of "all arenas" (MALLCTL_ARENAS_ALL); as a constant it cannot stand in the name.
  static_assert(MALLCTL_ARENAS_ALL == 4096);
  check(mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0) == 0, "jemalloc can purge all arenas");
#else
  malloc_trim(0);
#endif
}

void return_free_memory_of_thread() {
#ifdef CONSOMME_JEMALLOC
  unsigned arena = 0;
  std::size_t size = sizeof arena;
  check(mallctl("thread.arena", &arena, &size, nullptr, 0) == 0, "jemalloc knows a thread's arena");
  const std::string purge = "arena." + std::to_string(arena) + ".purge";
  check(mallctl(purge.c_str(), nullptr, nullptr, nullptr, 0) == 0, "jemalloc can purge an arena");
#else
  malloc_trim(0);
#endif
}

}  // namespace consomme::sfu
