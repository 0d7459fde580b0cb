// The sender reports that left of late, and what a receiver that has seen one tells by that (RFC 3550 §6.4.1): how long
// it was on its way there and back, and with it all that was sent before. Owned by the estimate by reports.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace consomme::bwe {

// What a report block says of the last sender report: LSR and DLSR. LSR is 0 where none was seen.
struct SeenReport {
  std::uint32_t last = 0;  // NtpTime::compact()
  Duration since{};
};

class SenderReports {
 public:
  struct Answer {
    Instant sent;         // the sender report that is answered
    double bytes = 0;     // that had been sent until then, of everything
    Duration round_trip;  // its own, with the queue that it found on the way
  };

  // Several may leave at once, a source each.
  void sent(Instant now, double bytes) {
    if (newest().at == now) return;
    newest_ = (newest_ + 1) % left_.size();
    newest() = {now, NtpTime::from(now).compact(), bytes};
  }
  // nullopt: of none, or of one that is no longer known.
  std::optional<Answer> answer(Instant now, const SeenReport& seen) const {
    if (seen.last == 0) return std::nullopt;
    for (const Left& report : left_)
      if (report.compact == seen.last)
        return Answer{report.at, report.bytes, std::max(Duration::zero(), now - report.at - seen.since)};
    return std::nullopt;
  }

 private:
  struct Left {
    Instant at{};
    std::uint32_t compact = 0;
    double bytes = 0;
  };

  Left& newest() { return left_[newest_]; }

  std::array<Left, 8> left_{};  // once a second, or a little more often: a receiver answers within seconds
  std::size_t newest_ = 0;
};

}  // namespace consomme::bwe
