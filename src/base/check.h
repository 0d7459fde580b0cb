// A broken invariant is our own bug: the process says what must hold and ends at once, so that a supervisor restarts
// it. Never used on anything a client sends.
#pragma once

#include <source_location>

namespace consomme {

[[noreturn]] void check_failed(const char* what_must_hold, const std::source_location& at);

inline void check(bool holds, const char* what_must_hold,
                  const std::source_location& at = std::source_location::current()) {
  if (!holds) [[unlikely]]
    check_failed(what_must_hold, at);
}

}  // namespace consomme
