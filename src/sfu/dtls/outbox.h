// The datagrams of a session on their way out, and the retransmission timer (RFC 6347 §4.2.4) in the caller's time.
//
// OpenSSL's own timer reads the wall clock, which an engine must not depend on; and a flight cannot simply be sent
// again byte by byte, because a peer's replay protection drops record numbers that it has seen (RFC 6347 §4.1.2.6). So
// OpenSSL is made to repeat every flight at once, a fixed number of times, each copy with record numbers of its own;
// the copies wait here, are sent one by one when the timer fires, and are thrown away when the next flight begins.
//
// Driven by OpenSSL's callbacks (begin_flight, begin_copy, push) during a call, and by Session around the calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace consomme::dtls {

class Outbox {
 public:
  // RFC 6347 §4.2.4.1 proposes one second, or less where loss matters more than a slow path; ICE has just shown that
  // the path answers, and media waits. With doubling: sent again after 0.4, 1.2, 2.8, 6, 12.4 and 25.2 s, given up
  // after 50.8 s. OpenSSL repeats a flight 12 times at most.
  static constexpr Duration kFirstTimeout = 400ms;
  static constexpr std::size_t kRetransmissions = 6;

  // Our largest flight is four datagrams. The rest is room for final flights that a peer asks for again; what does not
  // fit is lost, as the network might lose it.
  static constexpr std::size_t kMaxWaiting = 32;
  static constexpr std::size_t kMaxPerCopy = 16;

  // What follows is a new flight that wants an answer.
  void begin_flight();
  // What follows repeats the flight. False when that makes enough copies.
  bool begin_copy();
  void push(ByteView datagram);

  // After each call of OpenSSL: what follows is sent directly; the timer of a flight that has just begun runs from
  // `now`.
  void settle(Instant now);
  // No answer is wanted any more.
  void stop();

  std::size_t poll(ByteSpan out);
  Instant deadline() const { return deadline_; }
  // How long ago the last flight began; nullopt if it was sent again since, for then nobody knows which of its copies
  // is answered (Karn's rule, RFC 6298 §3).
  std::optional<Duration> since_flight(Instant now) const {
    return flight_at_ ? std::optional(now - *flight_at_) : std::nullopt;
  }
  // Sends the next copy when its time has come. False if the last one has waited in vain.
  bool expire(Instant now);

 private:
  using Datagrams = std::vector<std::vector<std::uint8_t>>;  // few; an idle deque keeps 600 bytes

  Datagrams waiting_;
  std::vector<Datagrams> copies_;
  bool copying_ = false;
  bool flight_began_ = false;
  Duration timeout_{};
  Instant deadline_ = kNever;
  std::optional<Instant> flight_at_;
};

}  // namespace consomme::dtls
