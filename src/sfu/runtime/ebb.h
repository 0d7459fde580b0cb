// When so much has been given back to the allocator that it is worth asking it for it: it keeps freed memory for the
// next who come, and after a large event nobody may come for hours. Those who leave give back all that they had; those
// who come, what their handshakes needed, which is most of it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/time.h"

namespace consomme::sfu {

class Ebb {
 public:
  // So many transports that have left, or come: some 10 MB.
  static constexpr std::size_t kWorthwhile = 100;
  // A handshake is over by then, and confirmed by a first report. Newcomers meanwhile use what the others gave back.
  static constexpr Duration kQuiet = 5s;

  // So many transports are there now. True: half of those that were have gone, since there were most or since they last
  // had; or enough have come since it was last true, and no more do.
  bool is_now(Instant now, std::size_t transports) {
    const bool left = half_have_left(transports);
    const bool settled = newcomers_have_settled(now, transports);
    return left || settled;
  }

 private:
  bool half_have_left(std::size_t transports) {
    most_ = std::max(most_, transports);
    if (most_ < kWorthwhile || transports > most_ / 2) return false;
    most_ = transports;
    return true;
  }

  bool newcomers_have_settled(Instant now, std::size_t transports) {
    if (transports > before_) {
      newcomers_ += transports - before_;
      last_came_ = now;
    }
    before_ = transports;
    if (newcomers_ < kWorthwhile || now - last_came_ < kQuiet) return false;
    newcomers_ = 0;
    return true;
  }

  std::size_t most_ = 0;
  std::size_t before_ = 0;
  std::size_t newcomers_ = 0;
  Instant last_came_{};
};

}  // namespace consomme::sfu
