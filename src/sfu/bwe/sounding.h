// Finds out whether a link carries more than is sent, where nothing is told of single packets: a short burst of padding
// ends with a sender report. By how much later that arrives than it would on an idle link, the burst has taken longer
// to arrive than to leave. Nothing more is sent until the receiver has answered, so the queue lasts no longer than the
// link takes for what it was too much. Driven by the estimate by reports.
#pragma once

#include <cstddef>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/prober.h"
#include "sfu/bwe/sender_reports.h"

namespace consomme::bwe {

class Sounding {
 public:
  // `first`: to be tried where nothing is known yet.
  explicit Sounding(Bitrate first) : first_(first) {}

  // Begins what is due. `estimate`: what is believed; nullopt: nothing yet. `bytes`: sent until now, of everything.
  // `calm`: there is no queue; else nothing is begun.
  void expire(Instant now, const Wanted& wanted, std::optional<Bitrate> estimate, double bytes, bool calm);
  Instant deadline(const Wanted& wanted, std::optional<Bitrate> estimate) const;
  // Bytes of padding to be sent now, to be followed by padded().
  std::size_t due(Instant now, double bytes) const;
  void padded(Instant now) { next_padding_ = now + kTick; }
  // The sender report that ends it is due, to be followed by reported(). It is one more in the time of an answer, far
  // within what RTCP may take (RFC 3550 §6.2).
  bool wants_report(Instant now) const { return state_ == State::kSending && now >= begun_ + kSpan; }
  void reported(Instant now);

  // What the link has carried. `queue`: that the sender report found which is answered. nullopt: it ended no sounding.
  std::optional<Bitrate> receive(Instant now, const SenderReports::Answer& answer, Duration queue);

  // It told of more than was believed, or did not.
  void succeeded(Instant now) {
    next_ = now;
    pause_ = kPause;
  }
  void failed(Instant now);
  // The link has been full without it.
  void put_off(Instant now) { wait_until(now + kPause); }
  void wait_until(Instant at) { next_ = std::max(next_, at); }

 private:
  enum class State : std::uint8_t { kIdle, kSending, kAwaiting };

  static constexpr Duration kSpan = 200ms;
  static constexpr Duration kTick = 10ms;
  static constexpr double kStep = 1.5;       // times the estimate: a queue of half its span if the link carries no more
  static constexpr double kHeadroom = 1.25;  // above what is wanted: jitter of a fifth of the span does not matter
  static constexpr Duration kPatience = 3s;  // for the answer; a receiver reports once a second or so
  static constexpr Duration kSoon = 500ms;   // until a queue may be gone
  static constexpr Duration kPause = 5s;     // before another try, at first; twice as long after each
  static constexpr Duration kMaxPause = 40s;

  Bitrate target(const Wanted& wanted, std::optional<Bitrate> estimate) const;

  Bitrate first_;
  State state_ = State::kIdle;
  Bitrate target_;
  Instant begun_;
  Instant ended_;
  double bytes_before_ = 0;
  Instant next_padding_;
  Instant next_;  // the earliest begin of another
  Duration pause_ = kPause;
};

}  // namespace consomme::bwe
