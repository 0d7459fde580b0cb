// Whom the server turned away, and why: a row for each reason that operators see, in metrics and in the log. Lines that
// anybody can cause are written seldom.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace consomme::server {

enum class Refused : std::uint8_t { kNoDescriptor, kAddressConnections, kConnectionRate, kCount };

class Refusals {
 public:
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Refused::kCount)> kNames{
      "no-descriptor", "address-connections", "connection-rate"};

  void add(Refused reason) { ++counts_[static_cast<std::size_t>(reason)]; }
  // In the order of kNames.
  const auto& counts() const { return counts_; }

 private:
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
