#include "sfu/runtime/placement.h"

#include <algorithm>
#include <numeric>

namespace consomme::sfu {

void Placement::measured(unsigned worker, double share) {
  Worker& w = workers_[worker];
  std::shift_right(w.measured.begin(), w.measured.end(), 1);
  w.measured.front() = share;
  std::shift_right(w.placed.begin(), w.placed.end(), 1);
  w.placed.front() = 0;
}

double Placement::load(unsigned worker) const {
  const Worker& w = workers_[worker];
  return std::accumulate(w.placed.begin(), w.placed.end(), w.measured.front());
}

bool Placement::any_below(double load_limit) const {
  return std::ranges::any_of(workers_, [=](const Worker& w) { return std::ranges::min(w.measured) < load_limit; });
}

}  // namespace consomme::sfu
