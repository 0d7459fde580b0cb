// Rooms of many sizes on one server, and the people who come, switch on their cameras, and go, by one seed. Whoever
// speaks has a microphone from the beginning and a camera a while later; everybody gets all that the others send. It
// keeps its own account of who gets what on which worker, so that what the server counts can be held against it.
//
// Media are sparse: a video packet stands for a quarter of a second, one of sound for a second. Each is forwarded to
// all its consumers, and crosses to all workers that have any, as in a real room.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/rng.h"
#include "tests/sim/device.h"

namespace consomme::sim {

struct RoomKind {
  unsigned rooms;
  unsigned speakers;
  unsigned viewers;  // who only watch
  bool cameras = true;
};

class Town {
 public:
  static constexpr Duration kTick = 50ms;
  static constexpr Duration kVideoInterval = 250ms;
  static constexpr Duration kSoundInterval = 1s;
  // After whoever has one has joined.
  static constexpr Duration kCameraFrom = 2s;
  static constexpr Duration kCameraUntil = 10s;

  Town(Server& server, std::uint64_t seed) : server_(&server), rng_(seed) {}

  // The rooms of these kinds begin within `span`, and all of their people have come at its end.
  void expect(std::span<const RoomKind> kinds, Duration span);
  // In each second so many people leave, and others take their places.
  void set_turnover(std::size_t people) { turnover_ = people; }
  void run_for(Duration span);
  void leave_all();

  std::size_t people() const { return people_.size(); }
  std::size_t consumers() const;
  std::size_t mirrors() const;  // that there have to be
  // What packets were to be, so far.
  std::uint64_t packets_sent() const { return packets_sent_; }
  std::uint64_t packets_to_cross() const { return packets_to_cross_; }
  std::uint64_t packets_to_forward() const { return packets_to_forward_; }

 private:
  struct Person;
  struct Room {
    bool cameras;
    std::optional<RouterId> router{};  // with the first who joins
    unsigned home = 0;
    std::vector<Person*> people{};
  };
  struct Feed {
    ProducerId producer;
    bool video;
    std::uint32_t ssrc;
    Instant next;
    std::uint16_t seq = 0;
    std::vector<std::uint32_t> consumers{};  // by worker
    std::uint32_t all_consumers = 0;
  };
  struct Person {
    Room* room;
    bool speaks;
    std::optional<Device> sends;
    std::optional<Device> receives;
    Instant camera_at = kNever;
    std::vector<Feed> feeds;
  };
  struct Arrival {
    Instant at;
    Room* room;
    bool speaks;
  };

  void tick();
  void join(Room& room, bool speaks);
  void leave(std::size_t person);
  void publish(Person& person, bool video);
  void consume(Person& person, Feed& feed);
  void send(Person& person, Feed& feed);
  void open(Room& room);
  Duration within(Duration span);  // at random
  std::size_t lendings(const Room& room, const Person& person, const Feed& feed) const;

  Server* server_;
  Rng rng_;
  std::vector<std::unique_ptr<Room>> rooms_;
  std::vector<std::unique_ptr<Person>> people_;
  std::vector<Arrival> arrivals_;  // the last one first
  std::size_t turnover_ = 0;
  Instant next_turnover_{};
  ortc::RtpCapabilities capabilities_ = viewers_capabilities();
  std::uint64_t packets_sent_ = 0;
  std::uint64_t packets_to_cross_ = 0;
  std::uint64_t packets_to_forward_ = 0;

  static ortc::RtpCapabilities viewers_capabilities();
};

}  // namespace consomme::sim
