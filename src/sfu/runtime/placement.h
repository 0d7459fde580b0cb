// Which worker carries what comes next: how much of its core each worker uses, as it last measured, what was placed on
// it since, and what those who are there will ask for when others switch on their cameras. Pure; the control side asks
// it, and tells it what became of that.
#pragma once

#include <algorithm>
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

// Which workers a room is on. The control side keeps it, Placement writes it.
struct Spread {
  struct Part {
    unsigned worker = 0;
    std::uint32_t receivers = 0;  // transports that send nothing, or not yet
    std::uint32_t videos = 0;     // that they get
  };
  unsigned home() const { return parts.front().worker; }  // where it began

  std::vector<Part> parts{};  // in the order in which they came; they stay
  std::uint32_t senders = 0;  // the other transports
  std::uint32_t quiet_s = 0;  // seconds since it began, or since a video came
};

class Placement {
 public:
  // A room stays on a worker that uses less of its core. The other half is for what is there already: better layers,
  // key frames that all ask for at once, whatever nobody expected.
  static constexpr double kEnough = 0.45;
  // Where all have enough it stays on one that is busier than the least loaded by this at most: to spread costs, too.
  static constexpr double kSlack = 0.03;
  // Where so many receivers are on one worker, the next goes to the least loaded one: a crossing costs little beside
  // what so many get, and nobody knows how many will send to an audience that waits.
  static constexpr std::uint32_t kTogether = 24;
  // Whoever sends anything is expected to send a video, which every receiver takes; and somebody is expected to send.
  // Not without end: nobody sees hundreds at once.
  static constexpr std::uint32_t kMostExpected = 64;
  // After so many seconds without a video nobody waits for one any more, until the next comes: it is a room of sound,
  // and what it does not use is for others.
  static constexpr std::uint32_t kPatience = 60;

  explicit Placement(std::size_t workers) : workers_(workers) {}

  // A second has passed, in which the worker used this share of its core.
  void measured(unsigned worker, double share);
  // What it uses, and is about to.
  double load(unsigned worker) const;

  // By what was measured in the last three seconds, the least of each worker: neither an estimate nor a storm of
  // handshakes is reason enough to turn anybody away.
  bool any_below(double load_limit) const;

  // Of those that have room, by `has_room(worker)`: the first that the room is on already and can stay on, or else the
  // least loaded of all. nullopt: none has room.
  template <class HasRoom>
  std::optional<unsigned> choose(const Spread& room, HasRoom has_room) const {
    std::optional<unsigned> least;
    for (unsigned worker = 0; worker < workers_.size(); ++worker)
      if (has_room(worker) && (!least || load(worker) < load(*least))) least = worker;
    if (!least) return std::nullopt;
    const double enough = std::max(kEnough, load(*least) + kSlack);
    for (const Spread::Part& part : room.parts)
      if (has_room(part.worker) && part.receivers < kTogether && load(part.worker) < enough) return part.worker;
    return least;
  }

  // What became of it.
  Spread begin(unsigned worker);
  void pass_second(Spread& room);
  void join(Spread& room, unsigned worker);
  void leave(Spread& room, unsigned worker);  // it sends nothing any more
  // A transport of the room that sent nothing does now, or the other way round.
  void begin_to_send(Spread& room, unsigned worker);
  void cease_to_send(Spread& room, unsigned worker);
  // A stream that the worker takes in, and one that it sends to a transport of the room.
  void produce(unsigned worker, ortc::MediaKind kind) { placed(worker, share_of(kind)); }
  void consume(Spread& room, unsigned worker, ortc::MediaKind kind);
  void end_consumer(Spread& room, unsigned worker, ortc::MediaKind kind);

 private:
  // Who joins needs this many seconds until his media flow, and are measured.
  static constexpr std::size_t kSettling = 3;

  struct Worker {
    // By second, the present one first.
    std::array<double, kSettling> measured{};
    std::array<double, kSettling> placed{};
    std::uint64_t videos_to_come = 0;
  };

  void placed(unsigned worker, double share) { workers_[worker].placed.front() += share; }
  // Calls change() of the room, or change(part) of its part on the worker, and adjusts what is to come.
  template <class Change>
  void change_room(Spread& room, Change change);
  template <class Change>
  void change(Spread& room, unsigned worker, Change change);
  static std::uint64_t videos_to_come(const Spread& room, const Spread::Part& part);

  std::vector<Worker> workers_;
};

}  // namespace consomme::sfu
