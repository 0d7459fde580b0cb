#include "socketio/socketio_connection.h"

namespace consomme::socketio {

Received Connection::receive(bool is_binary, std::string data) {
  if (is_binary != (partial_ != nullptr)) return Violation{};
  return is_binary ? on_attachment(std::move(data)) : on_text(data);
}

Received Connection::on_text(std::string_view text) {
  std::optional<Message> message = parse_message(text, limits_->max_attachments, limits_->unholdable_json, verbatim_);
  if (!message) return Violation{};
  if (message->type == MessageType::kConnect) {
    const auto [at, is_new] = membership_.emplace(message->nsp, Membership::kAsked);
    // Interop: socket.io-client 4.8 asks twice when connect() is called while the first CONNECT is on its way.
    if (!is_new && at->second == Membership::kAsked) return Nothing{};
    if (!is_new) return Violation{};
    return ConnectReceived{std::move(message->nsp), std::move(message->payload->get_object()), text.size()};
  }
  if (!has_joined(message->nsp)) return Violation{};
  if (message->attachments == 0) return admit(std::move(*message));
  partial_ = std::make_unique<Partial>(Partial{std::move(*message), {}, 0});
  return Nothing{};
}

Received Connection::on_attachment(std::string bytes) {
  partial_->bytes += bytes.size();
  if (partial_->bytes > limits_->max_attachments_bytes) return Violation{};
  partial_->attachments.emplace_back(std::move(bytes));
  if (partial_->attachments.size() < partial_->message.attachments) return Nothing{};
  const std::unique_ptr<Partial> whole = std::move(partial_);
  if (!place_attachments(*whole->message.payload, whole->attachments)) return Violation{};
  // The namespace may have been left from our side while the attachments were on their way.
  if (!has_joined(whole->message.nsp)) return Nothing{};
  whole->message.is_binary = false;
  return admit(std::move(whole->message));
}

Received Connection::admit(Message message) {
  if (message.is_binary && !place_attachments(*message.payload, {})) return Violation{};
  if (message.type == MessageType::kDisconnect) {
    membership_.erase(message.nsp);
    return DisconnectReceived{std::move(message.nsp)};
  }
  boost::json::array args = std::move(message.payload->get_array());
  if (message.type == MessageType::kAck) return AckReceived{std::move(message.nsp), message.id, std::move(args)};
  return EventReceived{std::move(message.nsp), message.id, std::move(args)};
}

void Connection::accept(const std::string& nsp) {
  membership_[nsp] = Membership::kJoined;
  connect_by_ = kNever;
}

bool Connection::has_joined(const std::string& nsp) const {
  const auto found = membership_.find(nsp);
  return found != membership_.end() && found->second == Membership::kJoined;
}

}  // namespace consomme::socketio
