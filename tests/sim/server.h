// A whole server in one thread and virtual time: the production control side, as many production workers as are asked
// for, and the production crossroads between them. What its threads do is done here in turns: commands and notices pass
// at once, what workers say to each other passes until nobody has anything to say. Sockets are left out: what workers
// send is counted, and handshakes are handed to whoever shakes hands.
//
// A core's load is a model: each packet that a worker received, forwarded or lent costs the same, and once a second
// control is told the share, as the worker's report would. Where only control is of interest, workers can be left out,
// and packets be counted by whoever knows what they would have done.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sfu/runtime/control.h"
#include "sfu/runtime/crossroads.h"
#include "sfu/transport/testing.h"
#include "sfu/worker/worker.h"

namespace consomme::sim {

class Server {
 public:
  enum class Media : std::uint8_t { kCarried, kCounted };
  Server(unsigned workers, Duration cost_of_packet, Media media);

  Instant now() const { return now_; }
  sfu::Control& control() { return control_; }
  const transport::testing::Identity& identity() const { return identity_; }
  unsigned size() const { return static_cast<unsigned>(sites_.size()); }
  const worker::Worker& worker(unsigned index) const { return sites_[index].worker; }
  // The one whose port is offered.
  static unsigned worker_of(const sfu::TransportOffer& offer);

  bool carries_media() const { return media_ == Media::kCarried; }
  void count(unsigned worker, std::uint64_t packets) { sites_[worker].counted += packets; }

  void carry_out();  // what control has said so far
  void receive(unsigned worker, const Tuple& from, ByteView bytes);
  // What was sent since the last call that is of a handshake with this peer.
  std::vector<transport::testing::Bytes> take_dtls(const Tuple& to);
  // Time passes, and each worker has its turn. Where a second has ended, it is measured.
  void pass(Duration span);

  double load(unsigned worker) const { return sites_[worker].load; }

  struct Counters {
    std::uint64_t commands = 0;
    std::uint64_t packets_crossed = 0;
    std::uint64_t rtp_sent = 0;
  };
  const Counters& counters() const { return counters_; }
  worker::Counters sums() const;     // of all workers
  std::size_t packets_held() const;  // lent ones twice
  std::uint64_t drops() const;       // of all workers, for any reason
  std::size_t mirrors() const;       // open now

 private:
  struct Site {
    Site(const transport::testing::Identity& identity, std::uint64_t seed);
    std::uint64_t packets() const;

    worker::Worker worker;
    std::uint64_t counted = 0;
    std::uint64_t measured = 0;  // of the packets
    double load = 0;
  };
  struct Handshake {
    Tuple to;
    transport::testing::Bytes bytes;
  };

  sfu::Control::Setup setup(unsigned workers) const;
  bool turn(unsigned index);
  bool cross(unsigned index);
  void flush(Site& site);
  void leave();
  void measure();

  transport::testing::Identity identity_;
  Duration cost_of_packet_;
  Media media_;
  Instant now_ = transport::testing::kStart;
  Instant next_report_ = now_ + 1s;
  sfu::Control control_;
  sfu::Crossroads crossroads_;
  std::deque<Site> sites_;
  SendBatch out_;
  std::vector<Handshake> handshakes_;
  Counters counters_;
};

}  // namespace consomme::sim
