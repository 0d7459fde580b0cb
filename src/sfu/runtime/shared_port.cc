#include "sfu/runtime/shared_port.h"

#include <mutex>
#include <utility>

#include "sfu/runtime/ufrag_owner.h"
#include "sfu/worker/worker.h"

namespace consomme::sfu {

void SharedPort::steer(std::uint8_t endpoint, int fd, unsigned worker) {
  if (steering_.size() <= endpoint) {
    auto made = net::PortSteering::make(workers(), kMaxRemotes);
    steering_.resize(endpoint + std::size_t{1});
    if (made) steering_[endpoint] = std::move(*made);
  }
  if (steering_[endpoint] && !steering_[endpoint]->add(fd, worker)) steering_[endpoint].reset();
}

net::PortSteering* SharedPort::steering(const Tuple& tuple) {
  const bool steered = tuple.protocol == Protocol::kUdp && tuple.socket < steering_.size();
  return steered && steering_[tuple.socket] ? &*steering_[tuple.socket] : nullptr;
}

bool SharedPort::own(const Tuple& tuple, unsigned worker) {
  const std::scoped_lock lock(mutex_);
  const unsigned owner = owners_.try_emplace(tuple, worker).first->second;
  if (owner != worker) {
    inboxes_[owner].claims.push(Tuple(tuple));
    return false;
  }
  if (net::PortSteering* const kernel = steering(tuple)) kernel->steer(tuple.remote, worker);
  return true;
}

void SharedPort::disown(const Tuple& tuple, unsigned worker) {
  const std::scoped_lock lock(mutex_);
  const auto it = owners_.find(tuple);
  if (it == owners_.end() || it->second != worker) return;
  owners_.erase(it);
  if (net::PortSteering* const kernel = steering(tuple)) kernel->forget(tuple.remote);
}

std::optional<unsigned> SharedPort::owner(const Datagram& in) const {
  if (const auto ufrag = worker::Worker::addressed_ufrag(in.bytes)) {
    const auto named = owner_of(*ufrag);
    return named && *named < workers() ? named : std::nullopt;
  }
  const std::shared_lock lock(mutex_);
  const auto it = owners_.find(in.from);
  return it == owners_.end() ? std::nullopt : std::optional(it->second);
}

SharedPort::Copy SharedPort::copy_of(const Datagram& in) {
  Copy copy;
  copy.from = in.from;
  copy.size = static_cast<std::uint16_t>(in.bytes.size());
  std::ranges::copy(in.bytes, copy.bytes.begin());
  return copy;
}

bool SharedPort::hand_over(unsigned to, const Datagram& in) {
  return inboxes_[to].datagrams.push(copy_of(in));
}

bool SharedPort::hand_over(unsigned to, MovedConnection connection) {
  return inboxes_[to].connections.push(std::move(connection));
}

}  // namespace consomme::sfu
