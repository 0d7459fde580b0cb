#include "sfu/bwe/arrival_groups.h"

#include <algorithm>

namespace consomme::bwe {

std::optional<GroupDelta> ArrivalGroups::add(Instant sent, Instant arrived) {
  if (!current_ || arrived + kMaxStepBack < current_->last_arrived) {
    current_ = Group{sent, sent, arrived, arrived};
    previous_.reset();
    return std::nullopt;
  }
  if (sent < current_->first_sent) return std::nullopt;  // reordered: of a group that is closed
  if (belongs(sent, arrived)) {
    current_->last_sent = std::max(current_->last_sent, sent);
    current_->last_arrived = std::max(current_->last_arrived, arrived);
    return std::nullopt;
  }
  std::optional<GroupDelta> delta;
  if (previous_)
    delta = GroupDelta{.sent = current_->last_sent - previous_->last_sent,
                       .arrived = current_->last_arrived - previous_->last_arrived,
                       .arrival = current_->last_arrived};
  previous_ = current_;
  current_ = Group{sent, sent, arrived, arrived};
  return delta;
}

bool ArrivalGroups::belongs(Instant sent, Instant arrived) const {
  if (sent - current_->first_sent <= kBurst) return true;
  const Duration step = arrived - current_->last_arrived;
  const bool caught_up = step < sent - current_->last_sent;
  return caught_up && step <= kBurst && arrived - current_->first_arrived < kMaxBurst;
}

}  // namespace consomme::bwe
