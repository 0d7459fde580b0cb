// When to ask a source for a key frame (RFC 4585 §6.3.1). However many consumers want one, their wants are one want per
// source, and any key frame satisfies them all. Driven by its inbound stream; the transport sends a PLI when expire()
// says so.
//
// A PLI that reaches a sender just after a key frame may bring none (its encoder spaces them out), so the first
// repetition comes after two round trips rather than after the whole interval: at most two requests fall into one
// interval.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace consomme::media {

class KeyFrameRequests {
 public:
  static constexpr Duration kInterval = 1s;          // what a sender's encoder is asked at most, the quick one apart
  static constexpr Duration kMinQuickRetry = 100ms;  // an encoder needs a frame or two to answer
  static constexpr Duration kFirstRoundTripTime = 100ms;  // assumed until one is measured
  static constexpr int kMaxTries = 10;                    // then silence, until somebody asks again

  // Somebody cannot go on without a key frame. Cheap, and may be called for every packet that does not help him.
  void request(Instant now);
  // One started to arrive.
  void received_key_frame();
  // The source stopped, or nobody listens any more.
  void cancel() { received_key_frame(); }
  void set_rtt(Duration rtt) { rtt_ = rtt; }

  // True: send a request now.
  bool expire(Instant now);
  Instant deadline() const { return wanted_ ? next_ : kNever; }
  bool wanted() const { return wanted_; }

 private:
  bool wanted_ = false;
  int tries_ = 0;
  Duration rtt_ = kFirstRoundTripTime;
  Instant interval_start_ = Instant::min();
  Instant next_ = Instant::min();  // the earliest time for the next request
};

}  // namespace consomme::media
