// How many connections each address has open, and whether it may open one more: whoever takes all that there are shuts
// out everybody else. Loopback may, for who comes from there is a proxy.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "base/site.h"

namespace consomme::socketio {

class OpenConnections {
  using Counts = std::map<IpAddress, std::size_t>;

 public:
  // A connection that counts for as long as this lives, which is not longer than the OpenConnections.
  class Place {
   public:
    Place(Counts& counts, Counts::iterator of) : counts_(&counts), of_(of) { ++of_->second; }
    Place(Place&& other) noexcept : counts_(std::exchange(other.counts_, nullptr)), of_(other.of_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (counts_ != nullptr && --of_->second == 0) counts_->erase(of_);
    }

   private:
    Counts* counts_;  // null: moved from
    Counts::iterator of_;
  };

  explicit OpenConnections(std::size_t max_of_address) : max_(max_of_address) {}

  std::optional<Place> admit(const IpAddress& from) {
    const auto of = counts_.try_emplace(site_of(from)).first;
    if (of->second >= max_ && !from.is_loopback()) return std::nullopt;
    return Place(counts_, of);
  }
  std::size_t addresses() const { return counts_.size(); }

 private:
  const std::size_t max_;
  Counts counts_;
};

}  // namespace consomme::socketio
