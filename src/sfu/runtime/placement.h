// Which worker carries what comes next: how much of its core each worker uses, as it last measured, and what was placed
// on it since. Pure; the control side asks it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sfu/ortc/parameters.h"

namespace consomme::sfu {

// Shares of a core that something new will take, about: what a join storm is spread by before it is measured.
inline constexpr double kShareOfRoom = 1.0 / 200;       // whoever makes it, joins it
inline constexpr double kShareOfTransport = 1.0 / 500;  // a few streams
inline constexpr double kShareOfVideo =
    1.0 / 2000;  // 2 Mbit/s to one receiver, at 2 us a packet with all that it takes
inline constexpr double kShareOfSound = 1.0 / 20'000;
constexpr double share_of(ortc::MediaKind kind) {
  return kind == ortc::MediaKind::kVideo ? kShareOfVideo : kShareOfSound;
}

class Placement {
 public:
  // A room stays on a worker that uses less of its core. The other half is for what is there already: cameras that are
  // switched on, better layers, key frames that all ask for at once.
  static constexpr double kEnough = 0.5;

  explicit Placement(std::size_t workers) : workers_(workers) {}

  // A second has passed, in which the worker used this share of its core.
  void measured(unsigned worker, double share);
  void placed(unsigned worker, double share) { workers_[worker].placed.front() += share; }
  // What it uses, and is about to.
  double load(unsigned worker) const;

  // By what was measured in the last three seconds, the least of each worker: neither an estimate nor a storm of
  // handshakes is reason enough to turn anybody away.
  bool any_below(double load_limit) const;

  // Of those that have room, by `has_room(worker)`: the first of `present` that is not loaded enough yet, or else the
  // least loaded worker of all. nullopt: none has room.
  template <class HasRoom>
  std::optional<unsigned> choose(std::span<const unsigned> present, HasRoom has_room) const {
    for (const unsigned worker : present)
      if (has_room(worker) && load(worker) < kEnough) return worker;
    std::optional<unsigned> least;
    for (unsigned worker = 0; worker < workers_.size(); ++worker)
      if (has_room(worker) && (!least || load(worker) < load(*least))) least = worker;
    return least;
  }

 private:
  // Who joins needs this many seconds until his media flow, and are measured.
  static constexpr std::size_t kSettling = 3;

  struct Worker {
    // By second, the present one first.
    std::array<double, kSettling> measured{};
    std::array<double, kSettling> placed{};
  };
  std::vector<Worker> workers_;
};

}  // namespace consomme::sfu
