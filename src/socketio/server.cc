#include "socketio/server.h"

#include <exception>
#include <utility>

#include "socketio/cors.h"
#include "socketio/engine_sessions.h"
#include "socketio/hub.h"
#include "socketio/listener.h"
#include "socketio/turn.h"
#include "socketio/wire.h"

namespace consomme::socketio {
namespace {

EngineLimits limits_of(const Config& config) {
  return {config.ping_interval,     config.ping_timeout,     config.upgrade_timeout,
          config.max_payload_bytes, config.max_unread_bytes, config.max_packets_per_payload};
}

}  // namespace

// What holds the parts together: sends what the wire reports to whom it belongs.
class ServerCore final : public WireEvents {
 public:
  ServerCore(boost::asio::io_context& io, Config given)
      : config_(std::move(given)),
        limits_(limits_of(config_)),
        cors_(config_.cors_origins),
        turn_(std::make_shared<Turn>(io)),
        listener_(std::make_shared<Listener>(io, WebSocketLimits{config_.max_payload_bytes, config_.max_unread_bytes},
                                             config_.ping_interval + config_.ping_timeout,
                                             config_.max_address_connections, *this)),
        context_{io, *listener_, *turn_, limits_, cors_, admission_},
        hub_(std::make_shared<Hub>(io, config_, *turn_)) {
    const auto sessions = std::make_shared<EngineSessions>(context_);
    sessions->set_handlers(
        {[h = hub_.get()](const SessionPtr& session, HttpRequest by) { h->on_open(session, std::move(by)); },
         [h = hub_.get()](const SessionPtr& session, bool is_binary, std::string data) {
           h->on_message(session, is_binary, std::move(data));
         },
         [h = hub_.get()](const SessionPtr& session, std::string_view why) { h->on_end(session, why); }});
    hub_->attach(sessions);
    paths_[config_.path] = sessions;
  }

  void raw(std::string path, const RawHandlers& handlers) {
    const auto sessions = std::make_shared<EngineSessions>(context_);
    const std::weak_ptr<EngineSessions> weak = sessions;
    sessions->set_handlers(
        {[weak, f = handlers.on_open](const SessionPtr& session, const HttpRequest&) {
           if (f) f(RawSession(weak, session, session->engine.sid()));
         },
         [weak, f = handlers.on_message](const SessionPtr& session, bool is_binary, const std::string& data) {
           if (f) f(RawSession(weak, session, session->engine.sid()), data, is_binary);
         },
         [weak, f = handlers.on_close](const SessionPtr& session, std::string_view reason) {
           if (f) f(RawSession(weak, session, session->engine.sid()), reason);
         }});
    paths_[std::move(path)] = sessions;
  }

  void stop() {
    for (const auto& [path, sessions] : paths_) sessions->abort_all("server stopped");
    turn_->run();
    listener_->stop();
  }

  std::size_t raw_sessions() const {
    std::size_t n = 0;
    for (const auto& [path, sessions] : paths_) n += path == config_.path ? 0 : sessions->size();
    return n;
  }

  void on_head(WireId exchange, const HttpRequest& head, bool wants_websocket) override {
    const auto path = paths_.find(head.path());
    if (path != paths_.end())
      path->second->on_head(exchange, head, wants_websocket);
    else if (!on_http_ || wants_websocket)
      listener_->answer(exchange, {404, {}, "Not found"});
    turn_->run();
  }

  void on_body(WireId exchange, HttpRequest request) override {
    if (EngineSessions* const owner = owner_of(exchange))
      owner->on_body(exchange, request);
    else if (!paths_.contains(request.path()))
      listener_->answer(exchange, serve(request));
    turn_->run();
  }

  void on_gone(WireId wire) override {
    if (EngineSessions* const owner = owner_of(wire)) owner->on_gone(wire);
    turn_->run();
  }

  void on_message(WireId websocket, bool is_binary, std::string data) override {
    if (EngineSessions* const owner = owner_of(websocket)) owner->on_message(websocket, is_binary, std::move(data));
    turn_->run();
  }

  HttpResponse on_unreadable(const HttpRequest& head, unsigned status) override {
    HttpResponse response{status, {}, {}};
    if (status == 426) response.headers.push_back({"Sec-WebSocket-Version", "13"});  // RFC 6455 §4.4
    if (paths_.contains(head.path())) cors_.mark(std::string(head.header("Origin")), response);
    return response;
  }

  void on_turned_away(TurnedAway why) override {
    if (on_turned_away_) on_turned_away_(why);
  }

 private:
  friend class Server;

  HttpResponse serve(const HttpRequest& request) {
    try {
      return on_http_(request);
    } catch (const std::exception&) {
      return {500, {}, "Internal error"};
    }
  }

  EngineSessions* owner_of(WireId wire) {
    for (const auto& [path, sessions] : paths_)
      if (sessions->owns(wire)) return sessions.get();
    return nullptr;
  }

  const Config config_;
  const EngineLimits limits_;
  const Cors cors_;
  SessionAdmission admission_;
  std::function<HttpResponse(const HttpRequest&)> on_http_;
  std::function<void(TurnedAway)> on_turned_away_;
  const std::shared_ptr<Turn> turn_;
  const std::shared_ptr<Listener> listener_;
  const EngineContext context_;
  const std::shared_ptr<Hub> hub_;
  std::map<std::string, std::shared_ptr<EngineSessions>, std::less<>> paths_;
};

Server::Server(boost::asio::io_context& io, Config config)
    : core_(std::make_shared<ServerCore>(io, std::move(config))) {}
Server::~Server() {
  core_->stop();
}

void Server::of(std::string nsp, Namespace handlers) {
  core_->hub_->of(std::move(nsp), std::move(handlers));
}
void Server::raw(std::string path, const RawHandlers& handlers) {
  core_->raw(std::move(path), handlers);
}
void Server::on_http(std::function<HttpResponse(const HttpRequest&)> handler) {
  core_->on_http_ = std::move(handler);
}
void Server::on_session(SessionAdmission hook) {
  core_->admission_ = std::move(hook);
}
void Server::on_turned_away(std::function<void(TurnedAway)> handler) {
  core_->on_turned_away_ = std::move(handler);
}
Result<std::uint16_t> Server::listen() {
  return core_->listener_->listen(core_->config_.host, core_->config_.port);
}
void Server::stop() {
  core_->stop();
}

void Server::to_room_args(std::string_view nsp, std::string_view room, std::string_view event, const Args& args) {
  core_->hub_->to_room(nsp, room, event, args, nullptr);
}
std::size_t Server::room_size(std::string_view nsp, std::string_view room) const {
  return core_->hub_->room_size(nsp, room);
}
Stats Server::stats() const {
  Stats stats;
  stats.raw = core_->raw_sessions();
  core_->hub_->count(stats);
  return stats;
}

}  // namespace consomme::socketio
