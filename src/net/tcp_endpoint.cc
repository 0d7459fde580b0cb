#include "net/tcp_endpoint.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

constexpr std::uint16_t kListenerItem = 0xffff;

// A turn's share: a flood of connections must not starve the media, nor may one peer's upload (some ten frames).
constexpr int kAcceptsPerTurn = 16;
constexpr std::size_t kReadBytes = 16 * 1024;

// With no descriptor left the listener stays readable; looking again at once would only burn the core.
constexpr Duration kAcceptPause = 1s;

bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Result<TcpEndpoint> TcpEndpoint::open(EpollLoop& loop, std::uint16_t owner, const TcpOptions& options) {
  check(options.max_connections < kListenerItem, "every connection has a number in its token");
  auto listener = open_socket(options.ip, SOCK_STREAM);
  if (!listener) return std::unexpected(std::move(listener.error()));
  if (options.shared) set_option(*listener, SOL_SOCKET, SO_REUSEPORT, 1);
  set_option(*listener, SOL_SOCKET, SO_REUSEADDR, 1);  // connections of an earlier process may still be in TIME_WAIT
  auto local = bind_socket(*listener, {options.ip, options.port});
  if (!local) return std::unexpected(std::move(local.error()));
  if (listen(listener->get(), SOMAXCONN) != 0)
    return system_error(ErrorCode::kConflict, "cannot listen on " + local->to_string(), errno);
  return TcpEndpoint(loop, owner, options, std::move(*listener), *local);
}

TcpEndpoint::TcpEndpoint(EpollLoop& loop, std::uint16_t owner, const TcpOptions& options, Fd listener,
                         const SocketAddress& local)
    : loop_(&loop),
      owner_(owner),
      options_(options),
      local_(local),
      listener_(std::move(listener)),
      listening_(loop, listener_.get(), {.owner = owner, .item = kListenerItem}, {.read = true}),
      places_(options.max_connections, options.max_connections_per_remote),
      input_(kReadBytes) {}

std::span<const Datagram> TcpEndpoint::handle(Instant now, const Event& event) {
  frames_.clear();
  if (event.token.item == kListenerItem) {
    accept_all(now);
    return {};
  }
  const Connection handle{event.token.item, event.token.generation};
  TcpConnection* const connection = connections_.find(handle);
  if (connection == nullptr) return {};  // closed earlier in this turn
  if (event.writable && !connection->flush()) {
    ++counters_.closed_by_peer;
    close(handle);
    return {};
  }
  if (event.readable) read(handle, *connection);
  return frames_;
}

void TcpEndpoint::vouch(Instant now, const SocketAddress& remote) {
  const auto found = by_remote_.find(remote);
  if (found == by_remote_.end()) return;  // a frame of it was its last
  connections_.find(found->second)->vouch(now);
  places_.vouch(remote);
}

void TcpEndpoint::send(const SendBatch& batch) {
  for (const SendBatch::Entry& entry : batch.entries())
    if (entry.to.protocol == Protocol::kTcp && entry.to.socket == options_.socket) queue(entry.to, batch.bytes(entry));

  for (const Connection handle : to_flush_) {
    TcpConnection* const connection = connections_.find(handle);
    if (connection == nullptr || connection->blocked() || connection->flush()) continue;
    ++counters_.closed_by_peer;
    close(handle);
  }
  to_flush_.clear();
}

void TcpEndpoint::queue(const Tuple& to, ByteView frame) {
  const auto found = by_remote_.find(to.remote);
  if (found == by_remote_.end()) {
    ++counters_.dropped_no_connection;
    return;
  }
  TcpConnection* const connection = connections_.find(found->second);
  const bool queued =
      connection->queue(frame) || (!connection->blocked() && connection->flush() && connection->queue(frame));
  ++(queued ? counters_.frames_sent : counters_.dropped_congested);
  if (queued) counters_.bytes_sent += frame.size();
  if (to_flush_.empty() || to_flush_.back() != found->second) to_flush_.push_back(found->second);
}

Instant TcpEndpoint::deadline() const {
  return std::min(accept_again_, next_idle_);
}

void TcpEndpoint::expire(Instant now) {
  if (now >= accept_again_) {
    accept_again_ = kNever;
    listening_.set({.read = true});
  }
  if (now < next_idle_) return;
  next_idle_ = kNever;
  std::vector<Connection> idle;
  connections_.each([&](Connection handle, const TcpConnection& connection) {
    if (now >= connection.idle_deadline())
      idle.push_back(handle);
    else
      next_idle_ = std::min(next_idle_, connection.idle_deadline());
  });
  for (const Connection handle : idle) close(handle);
  counters_.closed_idle += idle.size();
}

void TcpEndpoint::accept_all(Instant now) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    KernelAddress remote{};
    socklen_t length = sizeof remote;
    Fd socket(accept4(listener_.get(), &remote.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      if (admit(now, {std::move(socket), from_kernel(remote), {}})) ++counters_.accepted;
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (out_of_resources(error)) return pause_accepting(now);
    // Anything else is the fate of one connection that died in the queue (accept(2)).
  }
}

void TcpEndpoint::pause_accepting(Instant now) {
  listening_.set({});
  accept_again_ = now + kAcceptPause;
}

bool TcpEndpoint::admit(Instant now, TcpConnection::Detached arrived) {
  const SocketAddress remote = arrived.remote;
  // A remote that comes again from the same port has lost its connection, whether we saw that or not.
  if (const auto old = by_remote_.find(remote); old != by_remote_.end()) close(old->second);
  if (!make_room_for(remote.ip)) return false;
  const Connection handle = connections_.emplace(now, std::move(arrived));
  TcpConnection* const connection = connections_.find(handle);
  if (!connection->watch(*loop_, {owner_, static_cast<std::uint16_t>(handle.index), handle.generation})) {
    ++counters_.refused_limit;
    connections_.erase(handle);
    return false;
  }
  by_remote_.emplace(remote, handle);
  places_.enter(remote);
  next_idle_ = std::min(next_idle_, connection->idle_deadline());
  return true;
}

std::optional<TcpConnection::Detached> TcpEndpoint::detach(const SocketAddress& remote) {
  const auto found = by_remote_.find(remote);
  if (found == by_remote_.end()) return std::nullopt;
  TcpConnection::Detached detached = connections_.find(found->second)->detach();
  close(found->second);
  return detached;
}

void TcpEndpoint::adopt(Instant now, TcpConnection::Detached connection) {
  admit(now, std::move(connection));
}

bool TcpEndpoint::make_room_for(const IpAddress& remote) {
  const TcpPlaces::Room room = places_.room_for(remote);
  if (!room.there || room.instead_of) ++counters_.refused_limit;
  if (room.instead_of) close(by_remote_.at(*room.instead_of));
  return room.there;
}

void TcpEndpoint::read(Connection handle, TcpConnection& connection) {
  const Tuple from{.remote = connection.remote(), .protocol = Protocol::kTcp, .socket = options_.socket};
  const auto result = connection.read(input_, from, frames_);
  counters_.frames_received += frames_.size();
  if (result == TcpConnection::ReadResult::kOpen) return;
  ++(result == TcpConnection::ReadResult::kOversize ? counters_.closed_oversize : counters_.closed_by_peer);
  close(handle);
}

void TcpEndpoint::close(Connection handle) {
  const SocketAddress remote = connections_.find(handle)->remote();
  by_remote_.erase(remote);
  places_.leave(remote);
  connections_.erase(handle);
}

}  // namespace consomme::net
