#include "socketio/listener.h"

#include <boost/asio/ip/v6_only.hpp>
#include <utility>
#include <vector>

namespace consomme::socketio {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// When the system has no memory for a connection, or no file descriptor, until somebody gives some back.
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
// A storm of connections must not starve those that are there.
constexpr int kAcceptsPerTurn = 16;

bool is_out_of_memory(const error_code& ec) {
  return ec == boost::system::errc::not_enough_memory || ec == boost::system::errc::no_buffer_space;
}

bool is_out_of_descriptors(const error_code& ec) {
  return ec == boost::system::errc::too_many_files_open || ec == boost::system::errc::too_many_files_open_in_system;
}

IpAddress ip_of(const asio::ip::address& address) {
  return address.is_v4() ? IpAddress::v4(address.to_v4().to_uint()) : IpAddress::v6(address.to_v6().to_bytes());
}

// An IPv4 address as such, also of a socket for both families.
std::string text_of(const asio::ip::address& address) {
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
}

}  // namespace

Listener::Listener(asio::io_context& io, WebSocketLimits limits, Duration stall_time,
                   std::size_t max_address_connections, WireEvents& events)
    : acceptor_(io),
      retry_(io),
      limits_(limits),
      stall_time_(stall_time),
      events_(&events),
      open_(max_address_connections) {}

Result<std::uint16_t> Listener::listen(const std::string& host, std::uint16_t port) {
  error_code ec;
  const asio::ip::address address = asio::ip::make_address(host, ec);
  if (ec) return invalid("host must be an IPv4 or IPv6 address, not \"" + host + "\"");
  const tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.non_blocking(true, ec);
  if (!ec) acceptor_.set_option(TcpAcceptor::reuse_address(true), ec);
  if (!ec) acceptor_.set_option(tcp::no_delay(true), ec);  // Linux gives it to every socket that is accepted
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  const tcp::endpoint bound = ec ? endpoint : acceptor_.local_endpoint(ec);
  if (ec)
    return refuse(ErrorCode::kUnavailable,
                  "cannot listen on " + host + " port " + std::to_string(port) + ": " + ec.message());
  accept();
  return bound.port();
}

// Waits before it accepts: without a descriptor left, accept() fails whether somebody waits or not.
void Listener::accept() {
  acceptor_.async_wait(TcpAcceptor::wait_read, [self = shared_from_this()](error_code ec) {
    if (ec || self->events_ == nullptr) return;
    self->accept_waiting() ? self->accept() : self->accept_later();
  });
}

// False: there is nothing to accept with, and they are still waiting.
bool Listener::accept_waiting() {
  for (int i = 0; i < kAcceptsPerTurn && events_ != nullptr; ++i) {
    error_code ec;
    tcp::endpoint peer;
    TcpSocket socket = acceptor_.accept(peer, ec);
    if (ec == asio::error::would_block) return true;
    if (is_out_of_memory(ec) || (is_out_of_descriptors(ec) && !turn_one_away())) return false;
    if (!ec) welcome(std::move(socket), peer.address());
  }
  return true;
}

void Listener::welcome(TcpSocket socket, const asio::ip::address& from) {
  auto place = open_.admit(ip_of(from));
  if (!place) return events_->on_turned_away(TurnedAway::kAddressConnections);
  const auto connection = std::make_shared<HttpConnection>(shared_from_this(), std::move(socket), text_of(from),
                                                           limits_.max_message_bytes, stall_time_);
  connections_.emplace(connection, std::move(*place));
  connection->start();
}

void Listener::accept_later() {
  retry_.expires_after(kAcceptRetry);
  retry_.async_wait([self = shared_from_this()](error_code stopped) {
    if (!stopped && self->events_ != nullptr) self->accept();
  });
}

// Its client learns at once that nobody answers. False: the spare one was taken by somebody else.
bool Listener::turn_one_away() {
  spare_.give_up();
  error_code ec;
  acceptor_.accept(ec);  // and closed
  if (!ec) events_->on_turned_away(TurnedAway::kNoDescriptor);
  return spare_.hold();
}

void Listener::stop() {
  events_ = nullptr;
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  for (const auto& [connection, place] : std::exchange(connections_, {})) connection->cut();
  for (const auto& [id, open] : std::exchange(websockets_, {})) open.websocket->cut();
  exchanges_.clear();
}

std::shared_ptr<HttpConnection> Listener::take_exchange(WireId exchange) {
  auto node = exchanges_.extract(exchange);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void Listener::answer(WireId exchange, HttpResponse response) {
  if (const auto connection = take_exchange(exchange)) connection->answer(std::move(response));
}

void Listener::accept_websocket(WireId exchange) {
  if (const auto connection = take_exchange(exchange)) connection->accept_websocket();
}

void Listener::send(WireId websocket, const Encoded& message) {
  const auto found = websockets_.find(websocket);
  if (found != websockets_.end()) found->second.websocket->send(message);
}

void Listener::close(WireId websocket) {
  const auto found = websockets_.find(websocket);
  if (found != websockets_.end()) found->second.websocket->close();
}

WireId Listener::begin(std::shared_ptr<HttpConnection> connection) {
  const WireId id(++last_id_);
  exchanges_.emplace(id, std::move(connection));
  return id;
}

void Listener::head(WireId exchange, const HttpRequest& head, bool wants_websocket) {
  if (events_ != nullptr) events_->on_head(exchange, head, wants_websocket);
}

void Listener::body(WireId exchange, HttpRequest request) {
  if (events_ != nullptr) events_->on_body(exchange, std::move(request));
}

void Listener::gone(WireId exchange) {
  exchanges_.erase(exchange);
  if (events_ != nullptr) events_->on_gone(exchange);
}

HttpResponse Listener::unreadable(const HttpRequest& head, unsigned status) {
  return events_ != nullptr ? events_->on_unreadable(head, status) : HttpResponse{status, {}, {}};
}

void Listener::become_websocket(WireId id, const std::shared_ptr<HttpConnection>& connection, TcpSocket socket,
                                const HttpRequest& request, std::string already_read) {
  auto node = connections_.extract(connection);
  WebSocketEvents events;
  events.on_message = [this, id](bool is_binary, std::string data) {
    if (events_ != nullptr) events_->on_message(id, is_binary, std::move(data));
  };
  events.on_closed = [self = shared_from_this(), id] {
    self->websockets_.erase(id);
    if (self->events_ != nullptr) self->events_->on_gone(id);
  };
  auto websocket = consomme::socketio::accept_websocket(std::move(socket), request, std::move(already_read), limits_,
                                                        std::move(events));
  websockets_.emplace(id, OpenWebSocket{std::move(websocket), std::move(node.mapped())});
}

}  // namespace consomme::socketio
