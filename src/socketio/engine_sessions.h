// All Engine.IO sessions of one path: who may open one, which exchange belongs to which, their timers. Driven by the
// wire's events; what the messages mean is the business of its handlers (Socket.IO's hub, or an application's raw
// ones).
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
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

// Only EngineSessions changes it; to everyone else it is the session's name. To find it by its sid costs several misses
// of the cache, and who has many clients would do so again and again for each message.
struct Session {
  EngineSession engine;
  Timer timer;
  Instant timer_at = kNever;
  bool is_touched = false;
  bool ignores_input = false;  // our side has ended it
  bool is_over = false;        // nothing comes of it any more
};
using SessionPtr = std::shared_ptr<Session>;

struct EngineHandlers {
  std::function<void(const SessionPtr& session, HttpRequest opened_by)> on_open;
  std::function<void(const SessionPtr& session, bool is_binary, std::string data)> on_message;
  std::function<void(const SessionPtr& session, std::string_view reason)> on_end;
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

  // All three ignore a session that has ended, and none at all.
  void send(const SessionPtr& session, Encoded message);
  void close(const SessionPtr& session);
  void abort(const SessionPtr& session, std::string_view reason);

  void abort_all(std::string_view reason);

  std::size_t size() const { return sessions_.size(); }

 private:
  // Where an exchange or WebSocket belongs. Without a session: its admission is being decided.
  struct Route {
    SessionPtr session;
    std::string origin;
    std::unique_ptr<HttpRequest> opening;  // until it is decided
    bool wants_websocket = false;
  };
  using Checked = std::expected<SessionPtr, RefusalCode>;

  Checked check_request(const HttpRequest& head, const QueryPairs& query, bool wants_websocket);
  void ask_admission(WireId exchange);
  void open(WireId exchange);
  void join(WireId exchange, const SessionPtr& session, const HttpRequest& head, bool wants_websocket);
  void answer(WireId exchange, HttpResponse response);
  SessionPtr find(std::string_view sid) const;
  SessionPtr session_of(WireId wire) const;
  void touch(const SessionPtr& session);
  void settle(const SessionPtr& session);
  void handle(const SessionPtr& session, SessionOutput output);
  void arm(const SessionPtr& session);

  EngineContext context_;
  EngineHandlers handlers_;
  std::unordered_map<std::string_view, SessionPtr> sessions_;  // by the session's own sid
  std::unordered_map<WireId, Route> routes_;
};

}  // namespace consomme::socketio
