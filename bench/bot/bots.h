// All the bots of a run: senders of one video or sound each and receivers, on sockets of their own, moved by one loop
// in real time.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>

#include "bench/bot/receiver.h"
#include "net/clock.h"
#include "tests/sim/live.h"

namespace consomme::bench {

// What was measured in a while.
struct Measured {
  Duration span{};
  Duration server_cpu{};
  Duration busiest_thread_cpu{};  // of the server's
  Duration bots_cpu{};
  Tally tally;
};

class Bots {
 public:
  // A browser of which no server knows yet.
  sim::Client new_client() const { return sim::Client(Tuple{}, senders_.size(), clock_.now()); }
  // It connects to what the server offered it and, once start() is called, sends this.
  sim::Source& add_sender(const sfu::TransportOffer& offer, sim::Client client, const sim::SourceConfig& source);
  Receiver& add_receiver(const sfu::TransportOffer& offer);
  // What all receivers say of themselves to a server.
  ortc::DtlsParameters receivers_dtls() const;

  // False: it did not come true within a minute.
  bool turn_until(const std::function<bool()>& holds);
  bool connect();  // all of them
  void start();    // frames of many senders do not come all at once
  void run_for(Duration span);
  Measured measure(pid_t server, Duration span);

 private:
  struct Sender {
    std::unique_ptr<sim::Live> live;
    sim::Source* source = nullptr;
  };

  void turn();
  Tally take_tally();

  net::Clock clock_;
  Shared shared_;
  std::deque<Sender> senders_;
  std::deque<Receiver> receivers_;
  Instant next_expiry_{};
};

inline double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

// Of latencies in order, in ms.
double percentile_ms(const std::vector<Duration>& latencies, double share);

}  // namespace consomme::bench
