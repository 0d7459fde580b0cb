// All Engine.IO sessions of one path: who may open one, which exchange belongs to which, their timers. Driven by the
// wire's events; what the messages mean is the business of its handlers (Socket.IO's hub, or an application's raw
// ones).
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "socketio/asio.h"
#include "socketio/cors.h"
#include "socketio/engineio_session.h"
#include "socketio/server.h"
#include "socketio/text.h"
#include "socketio/turn.h"
#include "socketio/wire.h"

namespace consomme::socketio {

// What is the same for every path of a server.
struct EngineContext {
  boost::asio::io_context& io;
  Wire& wire;
  Turn& turn;
  const EngineLimits& limits;
  const Cors& cors;
  const SessionAdmission& admission;
};

struct EngineHandlers {
  std::function<void(const std::string& sid, HttpRequest opened_by)> on_open;
  std::function<void(const std::string& sid, bool is_binary, std::string data)> on_message;
  std::function<void(const std::string& sid, std::string_view reason)> on_end;
};

class EngineSessions : public std::enable_shared_from_this<EngineSessions> {
 public:
  explicit EngineSessions(const EngineContext& context) : context_(context) {}
  // Before the first session.
  void set_handlers(EngineHandlers handlers) { handlers_ = std::move(handlers); }

  void on_head(WireId exchange, const HttpRequest& head, bool wants_websocket);
  // Whether the exchange or WebSocket is one of this path's; the rest of what concerns it comes here.
  bool owns(WireId wire) const { return routes_.contains(wire); }
  void on_body(WireId exchange, const HttpRequest& request);
  void on_gone(WireId wire);
  void on_message(WireId websocket, bool is_binary, std::string data);

  // All three ignore a session that has ended.
  void send(const std::string& sid, Encoded message);
  void close(const std::string& sid);
  void abort(const std::string& sid, std::string_view reason);

  void abort_all(std::string_view reason);

  Transport transport(const std::string& sid) const;  // kPolling for one that has ended
  std::size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    EngineSession engine;
    Timer timer;
    Instant timer_at = kNever;
    bool is_touched = false;
    bool ignores_input = false;  // our side has ended it
  };
  // Where an exchange or WebSocket belongs. Without a session: its admission is being decided.
  struct Route {
    std::string sid;
    std::string origin;
    std::unique_ptr<HttpRequest> opening;  // until it is decided
    bool wants_websocket = false;
  };
  using Checked = std::expected<Session*, RefusalCode>;

  Checked check_request(const HttpRequest& head, const QueryPairs& query, bool wants_websocket);
  void ask_admission(WireId exchange);
  void open(WireId exchange);
  void join(WireId exchange, Session& session, const HttpRequest& head, bool wants_websocket);
  void answer(WireId exchange, HttpResponse response);
  Session* find(const std::string& sid);
  void touch(Session& session);
  void settle(const std::string& sid);
  void handle(Session& session, SessionOutput output);
  void arm(const std::string& sid, Session& session);

  EngineContext context_;
  EngineHandlers handlers_;
  std::unordered_map<std::string, std::shared_ptr<Session>> sessions_;
  std::unordered_map<WireId, Route> routes_;
};

}  // namespace consomme::socketio
