// The border between the sessions and the network: what a session asks of the sockets, and what they report. A WireId
// names one HTTP exchange; when it is upgraded, it goes on to name the WebSocket.
#pragma once

#include <string>

#include "base/strong.h"
#include "socketio/engineio_packet.h"
#include "socketio/http.h"

namespace consomme::socketio {

using WireId = Ordered<struct WireIdTag, std::uint64_t>;

// Nothing of this reports back from inside the call, and ids that are gone are ignored.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual void answer(WireId exchange, HttpResponse response) = 0;
  // Only for an exchange that asked for it: 101, from now on a WebSocket.
  virtual void accept_websocket(WireId exchange) = 0;
  virtual void send(WireId websocket, const Encoded& message) = 0;
  // Sends what is queued, then the close handshake.
  virtual void close(WireId websocket) = 0;
};

class WireEvents {
 public:
  virtual ~WireEvents() = default;
  // A request's head; its body is still to come (on_body follows unless it is answered now). `wants_websocket`: a
  // complete RFC 6455 §4.2.1 handshake, no body follows.
  virtual void on_head(WireId exchange, const HttpRequest& head, bool wants_websocket) = 0;
  virtual void on_body(WireId exchange, HttpRequest request) = 0;
  // The peer went while its answer was owed, or the WebSocket has closed.
  virtual void on_gone(WireId wire) = 0;
  virtual void on_message(WireId websocket, bool is_binary, std::string data) = 0;
  virtual void on_turned_away(TurnedAway why) = 0;
  // The response for a request that cannot be read to its end (413 and the like).
  virtual HttpResponse on_unreadable(const HttpRequest& head, unsigned status) = 0;
};

}  // namespace consomme::socketio
