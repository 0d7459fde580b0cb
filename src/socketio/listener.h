// The network's side of the border (wire.h): accepts TCP connections and knows which of them an exchange or a WebSocket
// is. Owned by the server, which hears of everything through WireEvents.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "socketio/asio.h"
#include "socketio/http_connection.h"
#include "socketio/open_connections.h"
#include "socketio/spare_descriptor.h"
#include "socketio/websocket.h"
#include "socketio/wire.h"

namespace consomme::socketio {

class Listener final : public Wire, public std::enable_shared_from_this<Listener> {
 public:
  // HTTP clients that take nothing of an answer for `stall_time` are cut.
  Listener(boost::asio::io_context& io, WebSocketLimits limits, Duration stall_time,
           std::size_t max_address_connections, WireEvents& events);

  // The port that was bound.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  // Cuts every connection; no event comes any more.
  void stop();

  void answer(WireId exchange, HttpResponse response) override;
  void accept_websocket(WireId exchange) override;
  void send(WireId websocket, const Encoded& message) override;
  void close(WireId websocket) override;

  // For its connections.
  WireId begin(std::shared_ptr<HttpConnection> connection);
  void head(WireId exchange, const HttpRequest& head, bool wants_websocket);
  void body(WireId exchange, HttpRequest request);
  void gone(WireId exchange);
  HttpResponse unreadable(const HttpRequest& head, unsigned status);
  void become_websocket(WireId id, const std::shared_ptr<HttpConnection>& connection, TcpSocket socket,
                        const HttpRequest& request, std::string already_read);
  void remove(const std::shared_ptr<HttpConnection>& connection) { connections_.erase(connection); }

 private:
  struct OpenWebSocket {
    std::shared_ptr<WebSocket> websocket;
    OpenConnections::Place place;
  };
  void accept();
  bool accept_waiting();
  void accept_later();
  bool turn_one_away();
  void welcome(TcpSocket socket, const boost::asio::ip::address& from);
  std::shared_ptr<HttpConnection> take_exchange(WireId exchange);

  TcpAcceptor acceptor_;
  Timer retry_;
  SpareDescriptor spare_;
  const WebSocketLimits limits_;
  const Duration stall_time_;
  WireEvents* events_;  // null once stopped
  std::uint64_t last_id_ = 0;
  OpenConnections open_;
  std::unordered_map<std::shared_ptr<HttpConnection>, OpenConnections::Place> connections_;
  std::unordered_map<WireId, std::shared_ptr<HttpConnection>> exchanges_;
  std::unordered_map<WireId, OpenWebSocket> websockets_;
};

}  // namespace consomme::socketio
