#include "sfu/runtime/placement.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace consomme::sfu {

void Placement::measured(unsigned worker, double share) {
  Worker& w = workers_[worker];
  std::shift_right(w.measured.begin(), w.measured.end(), 1);
  w.measured.front() = share;
  std::shift_right(w.placed.begin(), w.placed.end(), 1);
  w.placed.front() = 0;
}

double Placement::load(unsigned worker) const {
  const Worker& w = workers_[worker];
  const double to_come = static_cast<double>(w.videos_to_come) * kShareOfVideo;
  return std::accumulate(w.placed.begin(), w.placed.end(), w.measured.front() + to_come);
}

bool Placement::any_below(double load_limit) const {
  return std::ranges::any_of(workers_, [=](const Worker& w) { return std::ranges::min(w.measured) < load_limit; });
}

std::uint64_t Placement::videos_to_come(const Spread& room, const Spread::Part& part) {
  if (room.quiet_s >= kPatience) return 0;
  const std::uint64_t all = std::uint64_t{part.receivers} * std::clamp(room.senders, 1U, kMostExpected);
  return all - std::min<std::uint64_t>(all, part.videos);
}

template <class Change>
void Placement::change(Spread& room, unsigned worker, Change change) {
  const auto part = std::ranges::find(room.parts, worker, &Spread::Part::worker);
  check(part != room.parts.end(), "a room's transports are where it was placed");
  workers_[worker].videos_to_come -= videos_to_come(room, *part);
  change(*part);
  workers_[worker].videos_to_come += videos_to_come(room, *part);
}

template <class Change>
void Placement::change_room(Spread& room, Change change) {
  for (const Spread::Part& part : room.parts) workers_[part.worker].videos_to_come -= videos_to_come(room, part);
  change();
  for (const Spread::Part& part : room.parts) workers_[part.worker].videos_to_come += videos_to_come(room, part);
}

void Placement::pass_second(Spread& room) {
  if (room.quiet_s == kPatience) return;
  if (room.quiet_s + 1 < kPatience) return void(++room.quiet_s);
  change_room(room, [&] { ++room.quiet_s; });
}

Spread Placement::begin(unsigned worker) {
  placed(worker, kShareOfRoom);
  return {.parts = {{.worker = worker}}};
}

void Placement::join(Spread& room, unsigned worker) {
  if (std::ranges::find(room.parts, worker, &Spread::Part::worker) == room.parts.end())
    room.parts.push_back({.worker = worker});
  placed(worker, kShareOfTransport);
  change(room, worker, [](Spread::Part& part) { ++part.receivers; });
}

void Placement::leave(Spread& room, unsigned worker) {
  change(room, worker, [](Spread::Part& part) { --part.receivers; });
}

void Placement::begin_to_send(Spread& room, unsigned worker) {
  change(room, worker, [](Spread::Part& part) { --part.receivers; });
  change_room(room, [&] { ++room.senders; });
}

void Placement::cease_to_send(Spread& room, unsigned worker) {
  change_room(room, [&] { --room.senders; });
  change(room, worker, [](Spread::Part& part) { ++part.receivers; });
}

void Placement::consume(Spread& room, unsigned worker, ortc::MediaKind kind) {
  placed(worker, share_of(kind));
  if (kind != ortc::MediaKind::kVideo) return;
  if (room.quiet_s != 0) change_room(room, [&] { room.quiet_s = 0; });
  change(room, worker, [](Spread::Part& part) { ++part.videos; });
}

void Placement::end_consumer(Spread& room, unsigned worker, ortc::MediaKind kind) {
  if (kind == ortc::MediaKind::kVideo) change(room, worker, [](Spread::Part& part) { --part.videos; });
}

}  // namespace consomme::sfu
