// The handles an application holds: thin, they find the hub or know that it has gone.
#include <utility>

#include "base/check.h"
#include "socketio/hub.h"
#include "socketio/server.h"

namespace consomme::socketio {

const std::string& Socket::id() const {
  return state_->id;
}
const std::string& Socket::nsp() const {
  return state_->nsp;
}
const Handshake& Socket::handshake() const {
  return *state_->handshake;
}
bool Socket::connected() const {
  return state_ && state_->is_connected;
}

std::string_view Socket::transport() const {
  const auto hub = state_->hub.lock();
  return hub && hub->transport(*state_) == Transport::kWebSocket ? "websocket" : "polling";
}

void Socket::emit_args(std::string_view event, const Args& args) const {
  emit_args_with_ack(event, args, nullptr);
}

void Socket::emit_args_with_ack(std::string_view event, const Args& args, std::function<void(Args)> on_ack) const {
  if (const auto hub = state_->hub.lock()) hub->emit(state_, event, args, std::move(on_ack));
}

void Socket::to_room_args(std::string_view room, std::string_view event, const Args& args) const {
  if (const auto hub = state_->hub.lock()) hub->to_room(state_->nsp, room, event, args, state_.get());
}

void Socket::join(std::string_view room) const {
  if (const auto hub = state_->hub.lock()) hub->join(state_, room);
}

void Socket::leave(std::string_view room) const {
  if (const auto hub = state_->hub.lock()) hub->leave(state_, room);
}

std::vector<std::string> Socket::rooms() const {
  return {state_->rooms.begin(), state_->rooms.end()};
}

void Socket::disconnect(bool close) const {
  if (const auto hub = state_->hub.lock()) hub->disconnect(state_, close);
}

template <class Write>
void Ack::once(Write write) {
  const std::optional<std::uint64_t> id = std::exchange(id_, std::nullopt);
  if (!id) return;
  const Socket socket = std::exchange(socket_, {});
  if (const auto hub = socket.state_->hub.lock()) hub->acknowledge(socket.state_, write(socket.nsp(), *id));
}

void Ack::send(const Args& args) {
  once([&](std::string_view nsp, std::uint64_t id) { return write_ack(nsp, id, args); });
}

void Ack::send_json(std::string_view json) {
  once([&](std::string_view nsp, std::uint64_t id) { return std::vector{write_json_ack(nsp, id, json)}; });
}

void RawSession::send(std::string_view bytes, bool is_binary) const {
  const auto owner = owner_.lock();
  if (owner)
    owner->send(session_.lock(),
                is_binary ? encode_binary(std::string(bytes)) : encode_packet(PacketType::kMessage, bytes));
}

void RawSession::close() const {
  if (const auto owner = owner_.lock()) owner->close(session_.lock());
}

}  // namespace consomme::socketio
