// Packets that were sent in one burst, and how the spacing of bursts changed on the way (draft-ietf-rmcat-gcc-02 §5.2
// and §5.3). Owned by the bandwidth estimator, which gives it every packet that arrived, in the order of sending.
#pragma once

#include <optional>

#include "base/time.h"

namespace consomme::bwe {

// Between two consecutive groups, from last packet to last packet.
struct GroupDelta {
  Duration sent{};
  Duration arrived{};
  Instant arrival;  // of the later group
};

class ArrivalGroups {
 public:
  static constexpr Duration kBurst = 5ms;
  // Packets that were held up together and then let go at once belong together however long that took, up to this.
  static constexpr Duration kMaxBurst = 100ms;
  // Feedback that jumps back further than reordering can explain: the receiver's clock was set, so all begins anew.
  static constexpr Duration kMaxStepBack = 3s;

  // The difference to the group before when `sent` begins a new one.
  std::optional<GroupDelta> add(Instant sent, Instant arrived);

 private:
  struct Group {
    Instant first_sent;
    Instant last_sent;
    Instant first_arrived;
    Instant last_arrived;
  };
  bool belongs(Instant sent, Instant arrived) const;

  std::optional<Group> current_;
  std::optional<Group> previous_;
};

}  // namespace consomme::bwe
