// Notices what a source lost and says what to ask for again (RFC 4585 §6.2.1). Driven by its inbound stream, which
// gives it every sequence number that arrives, and drained by the transport: when deadline() has come, expire() hands
// out the numbers for one NACK.
//
// A gap is asked for at once. Waiting out reordering would delay every real repair by the wait, while asking for a
// packet that was only late costs one retransmission: media of a browser takes one path, on which reordering is rare.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/sequence.h"
#include "base/time.h"

namespace consomme::media {

class NackGenerator {
 public:
  static constexpr std::int64_t kWindow = 1000;  // how far behind the newest a loss is worth asking for
  // Missing at once: more cost more to repair than the key frame that makes them needless.
  static constexpr std::size_t kMaxMissing = 500;
  static constexpr std::uint8_t kMaxTries = 10;           // then a packet is given up
  static constexpr Duration kMinInterval = 40ms;          // between two asks for one packet
  static constexpr Duration kFirstRoundTripTime = 100ms;  // assumed until one is measured
  static constexpr std::size_t kMaxAsked = 256;           // in one NACK: at most 1 KB, however they are scattered

  // A packet arrived, in order, late, or as a retransmission. True: more is missing than can be repaired, and all of it
  // is forgotten; what helps is a key frame.
  [[nodiscard]] bool receive(Instant now, ExtSeqNo seq);
  // A key frame starts with `seq`: nothing before it is needed any more.
  void received_key_frame(ExtSeqNo seq);
  // The numbering starts anew.
  void restart();
  void set_rtt(Duration rtt) { rtt_ = rtt; }

  // What to ask for now, in sending order; valid until the next call. When more than kMaxAsked are due, the deadline
  // stays in the past and the next call gives the rest.
  std::span<const SeqNo> expire(Instant now);
  Instant deadline() const { return deadline_; }
  std::size_t missing() const { return missing_.size(); }

 private:
  struct Missing {
    ExtSeqNo seq;
    Instant ask_at;
    std::uint8_t tries = 0;
  };

  void forget_before(ExtSeqNo seq);
  Duration interval() const;

  std::optional<ExtSeqNo> newest_;
  Duration rtt_ = kFirstRoundTripTime;
  Instant deadline_ = kNever;     // never later than the earliest ask_at
  std::vector<Missing> missing_;  // ascending by seq
  std::vector<SeqNo> asked_;
};

}  // namespace consomme::media
