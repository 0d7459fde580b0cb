// The roads between workers: for each pair that talks a ring each way, and for each worker a bell. A worker that others
// keep busy is told once, whoever and however many they are; and none ever waits for another.
#pragma once

#include <algorithm>
#include <deque>

#include "net/doorbell.h"
#include "net/spsc_ring.h"
#include "sfu/worker/crossing.h"

namespace consomme::sfu {

class Crossroads {
 public:
  explicit Crossroads(unsigned workers) : bells_(workers) {
    for (unsigned i = 0; i < workers * workers; ++i) rings_.emplace_back(kRingMessages);
  }

  // The thread of `from`. What does not fit stays in the outbox. Loans wake nobody: who has lent is awake when he needs
  // them.
  void send(unsigned from, unsigned to, worker::Outbox& outbox) {
    Ring& road = ring(from, to);
    bool urgent = false;
    outbox.move_to([&](std::span<const worker::Crossing> waiting) {
      const std::size_t count = road.push(waiting);
      urgent |= std::ranges::any_of(waiting.first(count), is_urgent);
      return count;
    });
    if (urgent || !outbox.empty()) bells_[to].ring();
  }

  // The thread of `to`, in every turn. Calls visit(from, message) for all that has come, and between() behind what came
  // from each worker.
  template <class Visit, class Between>
  void receive(unsigned to, Visit visit, Between between) {
    for (unsigned from = 0; from < bells_.size(); ++from) {
      if (ring(from, to).drain([&](const worker::Crossing& message) { visit(from, message); }) != 0) between();
    }
  }
  net::Doorbell& bell(unsigned worker) { return bells_[worker]; }  // to be answered before receive()

 private:
  // What a worker that is busy for 10 ms is sent at 100,000 packets a second: 64 KB for each pair that talks.
  static constexpr std::size_t kRingMessages = 1024;
  using Ring = net::SpscRing<worker::Crossing>;

  static bool is_urgent(const worker::Crossing& message) {
    return !std::holds_alternative<worker::EndedLoans>(message);
  }
  Ring& ring(unsigned from, unsigned to) { return rings_[from * bells_.size() + to]; }

  std::deque<net::Doorbell> bells_;
  std::deque<Ring> rings_;
};

}  // namespace consomme::sfu
