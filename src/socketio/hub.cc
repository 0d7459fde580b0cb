#include "socketio/hub.h"

#include <exception>
#include <utility>

#include "socketio/clock.h"
#include "socketio/random_id.h"
#include "socketio/text.h"

namespace consomme::socketio {
namespace {

namespace json = boost::json;

Handshake handshake_of(HttpRequest request) {
  Handshake handshake;
  for (const auto& [name, value] : parse_query(request.query()))
    handshake.query.insert_or_assign(name, json::string_view(value));
  for (Header& header : request.headers) header.value = valid_utf8(std::move(header.value));
  handshake.headers = std::move(request.headers);
  handshake.address = std::move(request.address);
  return handshake;
}

std::shared_ptr<const Handshake> with_auth(const std::shared_ptr<const Handshake>& handshake,
                                           const json::object& auth) {
  if (auth.empty()) return handshake;
  const auto whole = std::make_shared<Handshake>(*handshake);
  whole->auth = auth;
  return whole;
}

json::object error_payload(const Refusal& refusal) {
  json::object payload{{"message", json::string_view(refusal.message)}};
  if (!refusal.data.is_null()) payload.emplace("data", refusal.data);
  return payload;
}

}  // namespace

// An exception of the application's ends the connection whose message caused it, and nothing else.
template <class Call>
void Hub::guarded(const SessionPtr& session, Call call) {
  try {
    call();
  } catch (const std::exception&) {
    sessions_->abort(session, "handler failed");
  }
}

void Hub::on_open(const SessionPtr& session, HttpRequest opened_by) {
  Client client{Connection(config_, verbatim_, now() + config_.connect_timeout),
                std::make_shared<const Handshake>(handshake_of(std::move(opened_by))),
                {},
                {}};
  const auto [at, inserted] = clients_.emplace(session, std::move(client));
  watch_connect_time(session, at->second);
}

void Hub::watch_connect_time(const SessionPtr& session, Client& client) {
  client.connect_timer = std::make_unique<Timer>(io_, to_steady(client.connection.deadline()));
  client.connect_timer->async_wait(
      [weak = weak_from_this(), of = std::weak_ptr(session)](boost::system::error_code ec) {
        const auto self = weak.lock();
        const SessionPtr its_own = of.lock();
        Client* const late = ec || !self ? nullptr : self->find(its_own);
        if (late != nullptr && late->connection.expired(now())) self->sessions_->abort(its_own, "joined no namespace");
      });
}

void Hub::on_message(const SessionPtr& session, bool is_binary, std::string data) {
  Client* const client = find(session);
  if (client == nullptr) return;
  auto received = client->connection.receive(is_binary, std::move(data));
  std::visit([&](auto& kind) { receive(session, std::move(kind)); }, received);
}

void Hub::on_end(const SessionPtr& session, std::string_view reason) {
  Client* const client = find(session);
  if (client == nullptr) return;
  for (const auto& [nsp, socket] : std::exchange(client->sockets, {})) depart(socket, reason);
  clients_.erase(session);
}

void Hub::receive(const SessionPtr& session, Violation) {
  sessions_->abort(session, "protocol violation");
}

void Hub::receive(const SessionPtr& session, ConnectReceived received) {
  const auto found = namespaces_.find(received.nsp);
  if (found == namespaces_.end()) return refuse(session, received.nsp, {"Invalid namespace", nullptr});
  if (!found->second.handlers.admit) return enter(session, received);

  // A decision made inside the handler takes effect at once, so that packets right behind the CONNECT find it decided.
  struct Verdict {
    bool is_inside = true;
    std::optional<std::optional<Refusal>> decided;
  };
  const auto verdict = std::make_shared<Verdict>();
  const std::shared_ptr<const Handshake> handshake = with_auth(find(session)->handshake, received.auth);
  const auto asked = std::make_shared<const ConnectReceived>(std::move(received));
  Admission admission([weak = weak_from_this(), of = std::weak_ptr(session), asked,
                       verdict](std::optional<Refusal> refusal) {
    if (verdict->is_inside) return void(verdict->decided = std::move(refusal));
    if (const auto self = weak.lock())
      self->turn_.later([self, of, asked, refusal = std::move(refusal)] { self->decide(of.lock(), *asked, refusal); });
  });
  guarded(session, [&] { found->second.handlers.admit(*handshake, std::move(admission)); });
  verdict->is_inside = false;
  if (verdict->decided) decide(session, *asked, *verdict->decided);
}

void Hub::decide(const SessionPtr& session, const ConnectReceived& asked, const std::optional<Refusal>& refusal) {
  if (find(session) == nullptr) return;
  if (refusal) return refuse(session, asked.nsp, *refusal);
  enter(session, asked);
}

void Hub::refuse(const SessionPtr& session, const std::string& nsp, const Refusal& refusal) {
  find(session)->connection.refuse(nsp);
  sessions_->send(session, write_control(MessageType::kConnectError, nsp, error_payload(refusal)));
}

void Hub::enter(const SessionPtr& session, const ConnectReceived& asked) {
  Client& client = *find(session);
  NamespaceState& nsp = namespaces_.find(asked.nsp)->second;
  const SocketPtr socket = std::make_shared<SocketState>();
  socket->hub = weak_from_this();
  socket->id = random_id();
  socket->nsp = asked.nsp;
  socket->session = session;
  const std::shared_ptr<const Handshake> without_auth = client.handshake;
  socket->handshake = with_auth(without_auth, asked.auth);
  client.connection.accept(asked.nsp);
  client.connect_timer.reset();
  client.sockets.emplace(asked.nsp, socket);
  ++nsp.sockets;
  sessions_->send(
      session, write_control(MessageType::kConnect, asked.nsp, json::object{{"sid", json::string_view(socket->id)}}));
  if (nsp.handlers.on_connect) guarded(session, [&] { nsp.handlers.on_connect(Socket(socket)); });
  if (asked.bytes > config_.max_kept_connect_bytes) socket->handshake = without_auth;
}

void Hub::receive(const SessionPtr& session, EventReceived received) {
  const SocketPtr socket = find(session, received.nsp);
  const auto& handlers = namespaces_.find(received.nsp)->second.handlers;
  if (!socket || !handlers.on_event || !received.args.front().is_string()) return;
  const json::string name = std::move(received.args.front().get_string());
  received.args.erase(received.args.begin());
  Ack ack = received.id ? Ack(Socket(socket), *received.id) : Ack();
  guarded(session, [&] { handlers.on_event(Socket(socket), name, std::move(received.args), std::move(ack)); });
}

void Hub::receive(const SessionPtr& session, const AckReceived& received) {
  const SocketPtr socket = find(session, received.nsp);
  auto waiting = socket && received.id ? socket->acks.extract(*received.id) : decltype(socket->acks)::node_type();
  if (!waiting.empty()) guarded(session, [&] { waiting.mapped()(received.args); });
}

void Hub::receive(const SessionPtr& session, const DisconnectReceived& received) {
  if (const SocketPtr socket = find(session, received.nsp)) depart(socket, "client namespace disconnect");
}

// The socket is out at once; the application hears of it at the end of the turn.
void Hub::depart(const SocketPtr& socket, std::string_view reason) {
  if (!std::exchange(socket->is_connected, false)) return;
  for (const std::string& room : socket->rooms) leave_members(socket, room);
  NamespaceState& nsp = namespaces_.find(socket->nsp)->second;
  --nsp.sockets;
  if (Client* const client = find(socket->session.lock())) client->sockets.erase(socket->nsp);
  turn_.later([self = shared_from_this(), &nsp, socket, reason = std::string(reason)] {
    if (nsp.handlers.on_disconnect)
      self->guarded(socket->session.lock(), [&] { nsp.handlers.on_disconnect(Socket(socket), reason); });
    socket->rooms.clear();
    socket->acks.clear();
  });
}

void Hub::emit(const SocketPtr& socket, std::string_view event, const Args& args, std::function<void(Args)> on_ack) {
  if (!socket->is_connected) return;
  std::optional<std::uint64_t> id;
  if (on_ack) {
    id = socket->next_ack++;
    socket->acks.emplace(*id, std::move(on_ack));
    if (socket->acks.size() > kMaxPendingAcks) socket->acks.erase(socket->acks.begin());
  }
  send(*socket, write_event(socket->nsp, id, event, args));
}

void Hub::acknowledge(const SocketPtr& socket, const std::vector<Encoded>& ack) {
  if (socket->is_connected) send(*socket, ack);
}

void Hub::to_room(std::string_view nsp, std::string_view room, std::string_view event, const Args& args,
                  const SocketState* except) {
  const auto in = namespaces_.find(nsp);
  if (in == namespaces_.end()) return;
  const auto members = in->second.rooms.find(room);
  if (members == in->second.rooms.end()) return;
  const std::vector<Encoded> packets = write_event(nsp, std::nullopt, event, args);
  for (const auto& [key, socket] : members->second)
    if (key != except) send(*socket, packets);
}

void Hub::send(const SocketState& socket, const std::vector<Encoded>& packets) {
  const SessionPtr session = socket.session.lock();
  for (const Encoded& packet : packets) sessions_->send(session, packet);
}

void Hub::join(const SocketPtr& socket, std::string_view room) {
  if (!socket->is_connected) return;
  socket->rooms.emplace(room);
  namespaces_.find(socket->nsp)->second.rooms[std::string(room)].emplace(socket.get(), socket);
}

void Hub::leave(const SocketPtr& socket, std::string_view room) {
  if (!socket->is_connected) return;
  leave_members(socket, room);
  const auto found = socket->rooms.find(room);
  if (found != socket->rooms.end()) socket->rooms.erase(found);
}

void Hub::leave_members(const SocketPtr& socket, std::string_view room) {
  auto& rooms = namespaces_.find(socket->nsp)->second.rooms;
  const auto found = rooms.find(room);
  if (found == rooms.end()) return;
  found->second.erase(socket.get());
  if (found->second.empty()) rooms.erase(found);
}

void Hub::disconnect(const SocketPtr& socket, bool close) {
  const SessionPtr session = socket->session.lock();
  if (socket->is_connected) {
    sessions_->send(session, write_control(MessageType::kDisconnect, socket->nsp, nullptr));
    if (Client* const client = find(session)) client->connection.leave(socket->nsp);
    depart(socket, "server namespace disconnect");
  }
  if (close) sessions_->close(session);
}

Transport Hub::transport(const SocketState& socket) const {
  const SessionPtr session = socket.session.lock();
  return session && !session->is_over ? session->engine.transport() : Transport::kPolling;
}

std::size_t Hub::room_size(std::string_view nsp, std::string_view room) const {
  const auto in = namespaces_.find(nsp);
  if (in == namespaces_.end()) return 0;
  const auto members = in->second.rooms.find(room);
  return members == in->second.rooms.end() ? 0 : members->second.size();
}

void Hub::count(Stats& stats) const {
  stats.clients = sessions_->size();
  for (const auto& [name, nsp] : namespaces_) {
    stats.sockets[name] = nsp.sockets;
    stats.rooms += nsp.rooms.size();
  }
}

Hub::Client* Hub::find(const SessionPtr& session) {
  const auto found = clients_.find(session);
  return found == clients_.end() ? nullptr : &found->second;
}

SocketPtr Hub::find(const SessionPtr& session, const std::string& nsp) {
  Client* const client = find(session);
  if (client == nullptr) return nullptr;
  const auto found = client->sockets.find(nsp);
  return found == client->sockets.end() ? nullptr : found->second;
}

}  // namespace consomme::socketio
