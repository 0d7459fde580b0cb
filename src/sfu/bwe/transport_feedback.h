// The receiver's side of transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01): notes
// when each packet of one transport arrived and reports it every 100 ms, which is what a browser's estimate of its
// uplink feeds on. Driven by the transport: receive() per packet that carries the extension, poll() when deadline() has
// come. The estimator that reads such reports is elsewhere.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "base/sequence.h"
#include "base/time.h"
#include "sfu/wire/twcc.h"

namespace consomme::bwe {

class TransportFeedback {
 public:
  static constexpr Duration kInterval = 100ms;
  // At high rates sooner: above this many packets, which is 4 Mbit/s in full ones, a sender learns twice as often.
  static constexpr std::int64_t kManyPackets = 40;
  static constexpr Duration kShortInterval = 50ms;
  // How far back a packet may be late and still be told of. The message then speaks again of those behind it, which is
  // allowed: a sender takes what is new to it.
  static constexpr std::int64_t kMaxReordering = 256;
  // And by how much: of one that comes longer behind its successor nobody wants to know any more, and what is told
  // again with it must lie within the 8 s that a message can tell of between two packets.
  static constexpr Duration kMaxLateness = 1s;
  // Numbers from the oldest unreported to the newest: 20,000 packets a second at kInterval. A larger step
  // is a sender that starts anew.
  static constexpr std::int64_t kMaxWindow = 2048;

  // `sender` is the SSRC we send RTCP with.
  explicit TransportFeedback(Ssrc sender) : sender_(sender) {}

  // A packet of the source `media` arrived, number `seq` of its transport.
  void receive(Instant now, SeqNo seq, Ssrc media);

  Instant deadline() const { return deadline_; }
  // Appends one message, and returns true, when it is time and there is something to tell. Called until it returns
  // false: what does not fit one message goes into the next.
  bool poll(Instant now, ByteWriter& out);

 private:
  static constexpr std::int64_t kNoSeq = std::numeric_limits<std::int64_t>::min();
  struct Arrival {
    std::int64_t seq = kNoSeq;  // the number this cell was last used for
    Instant at;
  };
  static constexpr std::size_t kFirstCapacity = 512;

  bool too_late(Instant now, std::int64_t n);
  Arrival& cell(std::int64_t seq) { return ring_[static_cast<std::size_t>(seq) & (ring_.size() - 1)]; }
  void restart_at(std::int64_t seq);
  void hold(std::int64_t from, std::int64_t to);

  Ssrc sender_;
  Ssrc media_;
  SeqUnwrapper unwrapper_;
  std::vector<Arrival> ring_;               // a power of two, as large as the rate asked for
  std::vector<wire::TwccArrival> pending_;  // scratch of poll()
  std::int64_t first_ = 0;                  // the oldest number not yet told of
  std::int64_t next_ = 0;                   // one above the newest arrived
  std::uint8_t message_count_ = 0;
  Instant deadline_ = kNever;
  Instant soonest_{};  // kShortInterval behind the first of the packets to be reported
};

}  // namespace consomme::bwe
