// A lossy way between a sender and its inbound stream, in virtual time: what NACK and RTX make of it.
#include <map>
#include <set>

#include "base/rng.h"
#include "sfu/media/inbound_stream.h"
#include "sfu/media/test_packets.h"

namespace consomme::media {
namespace {

using namespace test;

constexpr Duration kOneWay = 50ms;
constexpr int kPackets = 5000;

class LossyWay {
 public:
  explicit LossyWay(std::uint64_t seed) : rng_(seed) { stream_.set_rtt(2 * kOneWay); }

  // Sends a packet every 4 ms until all that can arrive has arrived.
  void run() {
    for (int i = 0; i < kPackets; ++i) {
      const auto seq = static_cast<std::uint16_t>(60'000 + i);
      if (arrives()) to_stream_.emplace(kStart + i * 4ms + kOneWay, Sending{seq, false});
    }
    for (Instant now = kStart; now < kStart + kPackets * 4ms + 3s; now += 1ms) step(now);
  }
  std::size_t published() const { return published_; }
  Duration shortest_repetition() const { return shortest_repetition_; }

 private:
  struct Sending {
    std::uint16_t seq;
    bool is_rtx;
  };

  bool arrives() { return !rng_.chance(0.05); }
  void step(Instant now) {
    for (; !to_stream_.empty() && to_stream_.begin()->first <= now; to_stream_.erase(to_stream_.begin()))
      receive(now, to_stream_.begin()->second);
    if (now < stream_.deadline()) return;
    const auto lost = stream_.expire(now).lost;
    for (const SeqNo seq : lost) {
      if (const auto before = asked_.find(seq.value()); before != asked_.end())
        shortest_repetition_ = std::min(shortest_repetition_, now - before->second);
      asked_[seq.value()] = now;
    }
    if (!arrives()) return;  // the NACK itself is lost
    for (const SeqNo seq : lost)
      if (arrives()) to_stream_.emplace(now + 2 * kOneWay, Sending{seq.value(), true});
  }
  void receive(Instant now, Sending sending) {
    const Given original{.seq = sending.seq, .timestamp = sending.seq * 360U};
    const Given given = sending.is_rtx ? rtx_of(original, rtx_seq_++) : original;
    if (stream_.receive(now, build(pool_, given), sending.is_rtx)) ++published_;
  }

  Rng rng_;
  PacketPool pool_{16};
  InboundStream stream_{kVideo};
  std::multimap<Instant, Sending> to_stream_;
  std::map<std::uint16_t, Instant> asked_;
  std::uint16_t rtx_seq_ = 0;
  std::size_t published_ = 0;
  Duration shortest_repetition_ = 1h;
};

TEST(Repair, BringsEveryPacketAcrossFivePercentLossAndAsksOncePerRoundTrip) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    LossyWay way(seed);
    way.run();
    EXPECT_GE(way.published(), static_cast<std::size_t>(kPackets - 3)) << "all but a loss at either end";
    EXPECT_LE(way.published(), static_cast<std::size_t>(kPackets)) << "none twice";
    EXPECT_GE(way.shortest_repetition(), 2 * kOneWay);
    EXPECT_LT(way.shortest_repetition(), 1s) << "some had to be asked for again";
  }
}

}  // namespace
}  // namespace consomme::media
