#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace consomme {

void check_failed(const char* what_must_hold, const std::source_location& at) {
  std::fprintf(stderr, "consomme: broken invariant at %s:%u: %s\n", at.file_name(), at.line(), what_must_hold);
  std::abort();
}

}  // namespace consomme
