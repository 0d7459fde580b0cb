// What selecting layers and estimating bandwidth add to a forwarded packet, each measured by itself with a hundred
// consumers: too little to be seen in the whole path, whose measurements vary by more.
#pragma once

#include <string_view>
#include <vector>

#include "base/time.h"

namespace consomme::bench {

struct Part {
  std::string_view name;
  double nanoseconds = 0;  // per forwarded packet
};

// `reading`: what it costs to read the clock.
std::vector<Part> measure_parts(Duration reading);

}  // namespace consomme::bench
