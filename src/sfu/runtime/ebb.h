// When so many have left that it is worth asking the allocator for what they had: it keeps freed memory for the next
// who come, and after a large event nobody may come for hours.
#pragma once

#include <algorithm>
#include <cstddef>

namespace consomme::sfu {

class Exodus {
 public:
  // Below it there is not much to return: some 10 MB.
  static constexpr std::size_t kWorthwhile = 100;

  // So many transports are there now. True: half of those that were have gone, since there were most or since it was
  // last true.
  bool half_have_left(std::size_t transports) {
    most_ = std::max(most_, transports);
    if (most_ < kWorthwhile || transports > most_ / 2) return false;
    most_ = transports;
    return true;
  }

 private:
  std::size_t most_ = 0;
};

}  // namespace consomme::sfu
