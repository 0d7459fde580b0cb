// A WebSocket on the server's side (RFC 6455), whole messages in and out. The frames are websocket_frames'
// business, the socket is websocket.cc's. Compression is declined: 97 kB per connection, and half the speed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "socketio/asio.h"
#include "socketio/engineio_packet.h"
#include "socketio/http.h"

namespace consomme::socketio {

struct WebSocketLimits {
  std::size_t max_message_bytes = 0;  // judged from the announced length, before anything is buffered
  std::size_t max_unread_bytes = 0;   // queued for a client that does not read; beyond it the connection is cut
};

// Both are called from the event loop, never from inside send() or close().
struct WebSocketEvents {
  std::function<void(bool is_binary, std::string data)> on_message;
  std::function<void()> on_closed;  // once, last
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual void send(const Encoded& message) = 0;
  // Sends what is queued, then the close handshake; whoever does not answer it soon is cut.
  virtual void close() = 0;
  // Without a word, and without on_closed.
  virtual void cut() = 0;
};

// Answers `request`, a valid opening handshake, with 101. `already_read` is what came behind it.
std::shared_ptr<WebSocket> accept_websocket(TcpSocket socket, const HttpRequest& request, std::string already_read,
                                            WebSocketLimits limits, WebSocketEvents events);

}  // namespace consomme::socketio
