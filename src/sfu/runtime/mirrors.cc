// Mirrors of producers: on each worker that has somebody who wants the packets of a producer that come in on another.
// What two workers are told of one mirror may reach them in any order. Packets that come before it is open, or after it
// is closed, go back unread; and it is opened in front of whoever wants it, since those are told to the same worker.
#include <algorithm>

#include "sfu/runtime/control.h"
#include "sfu/runtime/setup_from_ortc.h"

namespace consomme::sfu {

void Control::use_mirror(ProducerId id, Producer& producer, unsigned worker) {
  const unsigned home = home_of(producer);
  if (worker == home) return;
  const auto existing = std::ranges::find(producer.mirrors, worker, &Mirror::worker);
  if (existing != producer.mirrors.end()) {
    ++existing->users;
    return;
  }
  producer.mirrors.push_back({.worker = worker, .users = 1});
  const RouterId router = transports_.at(producer.transport).router;
  const bool decides_speakers = worker == routers_.at(router).home();
  tell(worker, worker::OpenMirror{.setup = producer_setup(id, producer.kind, producer.negotiated, producer.paused),
                                  .home = home,
                                  .router = decides_speakers ? std::optional(router) : std::nullopt,
                                  .state = producer.state});
  tell(home, worker::Lend{id, worker});
}

void Control::leave_mirror(ProducerId id, Producer& producer, unsigned worker) {
  const auto mirror = std::ranges::find(producer.mirrors, worker, &Mirror::worker);
  if (mirror == producer.mirrors.end() || --mirror->users != 0) return;
  producer.mirrors.erase(mirror);
  tell(home_of(producer), worker::StopLending{id, worker});
  tell(worker, worker::CloseProducer{id});
}

// Its own worker knows by itself.
void Control::close_mirrors(ProducerId id, Producer& producer) {
  for (const Mirror& mirror : producer.mirrors) tell(mirror.worker, worker::CloseProducer{id});
  producer.mirrors.clear();
}

void Control::update_mirrors(ProducerId id, const Producer& producer) {
  for (const Mirror& mirror : producer.mirrors) tell(mirror.worker, worker::UpdateMirror{id, producer.state});
}

}  // namespace consomme::sfu
