// Whom the server turned away, and why: a row for each reason that operators see, in metrics and in the log. Lines that
// anybody can cause are written seldom.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/time.h"

namespace consomme::server {

enum class Refused : std::uint8_t {
  kNoDescriptor,
  kAddressConnections,
  kConnectionRate,
  kRequestRate,
  kRooms,
  kServerFull,
  kRoomFull,
  kBusy,
  kDraining,
  kCount
};

class Refusals {
 public:
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Refused::kCount)> kNames{
      "no-descriptor", "address-connections", "connection-rate", "request-rate",
      "rooms",         "server-full",         "room-full",       "busy",
      "draining"};

  // What signaling has answered: errors that are no refusals count for nothing.
  void add_error(std::string_view error) {
    const auto of = std::ranges::find(kErrors, error, &RefusingError::text);
    if (of != std::end(kErrors)) add(of->reason);
  }
  void add(Refused reason) { ++counts_[static_cast<std::size_t>(reason)]; }
  // In the order of kNames.
  const auto& counts() const { return counts_; }

 private:
  struct RefusingError {
    std::string_view text;  // of docs/events.md
    Refused reason;
  };
  static constexpr RefusingError kErrors[] = {
      {"too many requests", Refused::kRequestRate},
      {"the server has no more rooms", Refused::kRooms},
      {"the server is full", Refused::kServerFull},
      {"the room is full", Refused::kRoomFull},
      {"the server is busy, try again later", Refused::kBusy},
      {"server is draining", Refused::kDraining},
  };

  std::array<std::uint64_t, kNames.size()> counts_{};
};

// Of a line that anybody can cause: whether it is due again.
class SeldomLine {
 public:
  static constexpr Duration kInterval = 60s;

  bool is_due(Instant now) {
    if (now < next_) return false;
    next_ = now + kInterval;
    return true;
  }

 private:
  Instant next_{};
};

}  // namespace consomme::server
