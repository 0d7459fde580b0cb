// CPU time of parts that are short and come among others.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "base/time.h"
#include "bench/forward/meeting.h"

namespace consomme::bench {

// Sums up what it takes between begin() and end(); before each, the caches are as another part of the turn leaves them.
class Stopwatch {
 public:
  explicit Stopwatch(Duration reading) : reading_(reading) {}

  void begin() {
    std::iota(elsewhere_.begin(), elsewhere_.end(), elsewhere_.back());
    start_ = thread_cpu_time();
  }
  void end() { sum_ += thread_cpu_time() - start_ - reading_; }
  void reset() { sum_ = {}; }
  double nanoseconds() const { return static_cast<double>(sum_.count()); }

 private:
  Duration reading_;
  Duration start_{};
  Duration sum_{};
  std::vector<std::uint32_t> elsewhere_ = std::vector<std::uint32_t>(1 << 18);  // 1 MB
};

}  // namespace consomme::bench
