// One burst of packets sent at a rate to be tried, and what its results say of the link. Owned by the prober.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/strong.h"
#include "base/time.h"
#include "sfu/bwe/sent_packets.h"

namespace consomme::bwe {

class ProbeCluster {
 public:
  struct Plan {
    ClusterId id = 0;
    Bitrate target;
    Bitrate believed{};   // of the link
    Duration span{};      // at least this long
    int min_packets = 1;  // and at least this many
    Duration skip{};      // what is sent before this is not judged: it may pass on credit (a token bucket)
  };
  // Between two bursts of padding. One wake-up each, and no more queue at the bottleneck than it carries in that time.
  static constexpr Duration kTick = 5ms;

  static constexpr std::size_t kMinPacket = 200;
  static constexpr std::size_t kFullPacket = 1000;

  ProbeCluster(Instant now, const Plan& plan) : plan_(plan), start_(now), next_(now), last_sent_(now) {}

  const Plan& plan() const { return plan_; }
  Instant start() const { return start_; }

  // --- sending
  // Bytes to send now, besides what media has sent already.
  std::size_t due(Instant now) const;
  // Bytes of a packet of padding. On narrow links no more than the plan has for each of the packets that it needs: five
  // full ones take 100 kbit/s for 400 ms, and the sound waits behind them.
  std::size_t packet() const;
  void sent(Instant now, std::size_t bytes);
  // What is due was sent as far as could be.
  void tick(Instant now) { next_ = now + kTick; }
  bool complete(Instant now) const { return now - start_ >= plan_.span && packets_ >= plan_.min_packets; }
  // A source of padding that has run dry must not hold a cluster open.
  bool overdue(Instant now) const { return now - start_ >= 4 * plan_.span + 100ms; }
  Instant next() const { return next_; }

  // --- judging
  void receive(const PacketResult& result);
  // Of no cluster. Feedback goes forward: if it is of a later packet, of ours nothing more will be told.
  void receive_other(const PacketResult& result) { passed_ = passed_ || result.sent > last_sent_; }
  bool all_told() const { return passed_ || told_ >= packets_; }
  // The rate that the link has shown to carry, with what it loses by itself (`own_loss`, 0 to 1) on the way; nullopt:
  // too little arrived to tell.
  std::optional<Bitrate> measured(double own_loss) const;
  // The same if everything that it lost were the link's own loss.
  std::optional<Bitrate> but_for_loss() const { return measured(1); }
  // The queue that it left behind if this is all that the link carries.
  Duration queue_made(Bitrate carried) const;
  // Nothing can be measured since the link drops what is too much for it.
  bool overflowed(double own_loss) const { return lost() && loses_too_much(own_loss); }
  // The share that was lost, 0 to 1; nullopt: too little was sent to tell.
  std::optional<double> lost() const;

 private:
  Instant judged_from() const { return start_ + plan_.skip; }
  bool judges(Instant sent) const { return sent >= judged_from(); }
  bool loses_too_much(double own_loss) const;

  Plan plan_;
  Instant start_;
  Instant next_;
  int packets_ = 0;
  std::size_t bytes_skipped_ = 0;
  std::size_t bytes_judged_ = 0;
  Instant last_sent_;

  bool passed_ = false;
  int told_ = 0;
  struct {
    int packets = 0;
    int lost = 0;
    Instant first_sent;
    Instant last_sent;
    Instant first_arrived;
    Instant last_arrived;
    double bytes = 0;        // that arrived
    double first_bytes = 0;  // of the packet that arrived first
    double last_burst = 0;   // sent at last_sent
  } judged_;
};

}  // namespace consomme::bwe
