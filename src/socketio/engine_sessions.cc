#include "socketio/engine_sessions.h"

#include <algorithm>
#include <utility>

#include "socketio/clock.h"
#include "socketio/random_id.h"
#include "socketio/text.h"

namespace consomme::socketio {
namespace {

// nullopt for an empty value too.
std::optional<std::string_view> value_of(const QueryPairs& query, std::string_view name) {
  const auto found = std::ranges::find(query, name, &QueryPairs::value_type::first);
  if (found == query.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace

// The session a request is for, or null for a new one. The order of the checks is observable.
EngineSessions::Checked EngineSessions::check_request(const HttpRequest& head, const QueryPairs& query,
                                                      bool wants_websocket) {
  const auto transport = value_of(query, "transport");
  const auto sid = value_of(query, "sid");
  if (transport != "polling" && transport != "websocket") return std::unexpected(RefusalCode::kTransportUnknown);
  const bool is_websocket = transport == "websocket";
  SessionPtr session = sid ? find(*sid) : nullptr;
  if (sid && session == nullptr) return std::unexpected(RefusalCode::kSessionUnknown);
  const bool is_upgrade = is_websocket && wants_websocket;
  if (session != nullptr && !is_upgrade && is_websocket != (session->engine.transport() == Transport::kWebSocket))
    return std::unexpected(RefusalCode::kBadRequest);
  if (session == nullptr && head.method != "GET") return std::unexpected(RefusalCode::kBadHandshakeMethod);
  if (is_websocket != wants_websocket) return std::unexpected(RefusalCode::kBadRequest);
  if (value_of(query, "EIO") != "4") return std::unexpected(RefusalCode::kUnsupportedVersion);
  return session;
}

void EngineSessions::on_head(WireId exchange, const HttpRequest& head, bool wants_websocket) {
  Route& route = routes_[exchange];
  route.origin = std::string(head.header("Origin"));
  route.wants_websocket = wants_websocket;
  if (head.method == "OPTIONS") return answer(exchange, context_.cors.preflight(head));
  if (!context_.cors.allows(head)) return answer(exchange, HttpResponse{403, {}, "Origin not allowed"});
  const Checked session = check_request(head, parse_query(head.query()), wants_websocket);
  if (!session) return answer(exchange, refusal(session.error()));
  if (*session != nullptr) return join(exchange, *session, head, wants_websocket);
  route.opening = std::make_unique<HttpRequest>(head);
  ask_admission(exchange);
}

void EngineSessions::ask_admission(WireId exchange) {
  if (!context_.admission) return open(exchange);
  const SessionDecision decide = [weak = weak_from_this(), exchange](std::optional<HttpResponse> refused) {
    const auto self = weak.lock();
    if (!self) return;
    self->context_.turn.later([self, exchange, refused = std::move(refused)] {
      const auto route = self->routes_.find(exchange);
      if (route == self->routes_.end() || !route->second.opening) return;  // gone, or decided before
      if (refused) return self->answer(exchange, *refused);
      self->open(exchange);
    });
  };
  context_.admission(*routes_.at(exchange).opening, decide);
}

void EngineSessions::open(WireId exchange) {
  Route& route = routes_.at(exchange);
  const std::unique_ptr<HttpRequest> request = std::move(route.opening);
  const Transport transport = route.wants_websocket ? Transport::kWebSocket : Transport::kPolling;
  const auto session = std::make_shared<Session>(
      Session{EngineSession(context_.limits, random_id(), transport, exchange, now()), Timer(context_.io)});
  route.session = session;
  if (route.wants_websocket) context_.wire.accept_websocket(exchange);
  sessions_.emplace(session->engine.sid(), session);
  touch(session);
  if (handlers_.on_open) handlers_.on_open(session, std::move(*request));
}

void EngineSessions::join(WireId exchange, const SessionPtr& session, const HttpRequest& head, bool wants_websocket) {
  routes_.at(exchange).session = session;
  touch(session);
  if (wants_websocket) {
    context_.wire.accept_websocket(exchange);
    return session->engine.on_upgrade(now(), exchange);
  }
  if (head.method == "GET") return session->engine.on_get(now(), exchange);
  if (head.method == "POST") return session->engine.on_post_head(now(), exchange);
  answer(exchange, refusal(RefusalCode::kBadRequest));
}

void EngineSessions::on_body(WireId exchange, const HttpRequest& request) {
  const SessionPtr session = session_of(exchange);
  if (session == nullptr || request.method != "POST") return;
  session->engine.on_post(now(), exchange, request.header("Content-Type"), request.body);
  touch(session);
}

void EngineSessions::on_gone(WireId wire) {
  const SessionPtr session = session_of(wire);
  routes_.erase(wire);
  if (session == nullptr) return;
  session->engine.on_gone(now(), wire);
  touch(session);
}

void EngineSessions::on_message(WireId websocket, bool is_binary, std::string data) {
  const SessionPtr session = session_of(websocket);
  if (session == nullptr) return;
  session->engine.on_websocket_message(now(), websocket, is_binary, std::move(data));
  touch(session);
}

void EngineSessions::send(const SessionPtr& session, Encoded message) {
  if (session == nullptr || session->is_over) return;
  session->engine.send(std::move(message));
  touch(session);
}

void EngineSessions::close(const SessionPtr& session) {
  if (session == nullptr || session->is_over) return;
  session->ignores_input = true;
  session->engine.close(now());
  touch(session);
}

void EngineSessions::abort(const SessionPtr& session, std::string_view reason) {
  if (session == nullptr || session->is_over) return;
  session->ignores_input = true;
  session->engine.abort(reason);
  touch(session);
}

void EngineSessions::abort_all(std::string_view reason) {
  for (const auto& [sid, session] : sessions_) abort(session, reason);
}

SessionPtr EngineSessions::find(std::string_view sid) const {
  const auto found = sessions_.find(sid);
  return found == sessions_.end() ? nullptr : found->second;
}

// nullptr if it is over, or has not begun.
SessionPtr EngineSessions::session_of(WireId wire) const {
  const auto route = routes_.find(wire);
  const bool is_live = route != routes_.end() && route->second.session && !route->second.session->is_over;
  return is_live ? route->second.session : nullptr;
}

void EngineSessions::answer(WireId exchange, HttpResponse response) {
  const auto route = routes_.extract(exchange);
  if (route.empty()) return;
  context_.cors.mark(route.mapped().origin, response);
  context_.wire.answer(exchange, std::move(response));
}

void EngineSessions::touch(const SessionPtr& session) {
  if (std::exchange(session->is_touched, true)) return;
  context_.turn.later([self = shared_from_this(), session] { self->settle(session); });
}

// Does what the session asks for until it asks for nothing more.
void EngineSessions::settle(const SessionPtr& session) {
  if (session->is_over) return;
  while (std::optional<SessionOutput> output = session->engine.poll()) handle(session, std::move(*output));
  session->is_touched = false;
  arm(session);
}

void EngineSessions::handle(const SessionPtr& session, SessionOutput output) {
  if (auto* const owed = std::get_if<Answer>(&output)) return answer(owed->to, std::move(owed->response));
  if (auto* const frame = std::get_if<SendFrame>(&output)) return context_.wire.send(frame->to, frame->message);
  if (auto* const closing = std::get_if<CloseWebSocket>(&output)) return context_.wire.close(closing->websocket);
  if (auto* const message = std::get_if<Deliver>(&output)) {
    if (!session->ignores_input && handlers_.on_message)
      handlers_.on_message(session, message->is_binary, std::move(message->data));
    return;
  }
  session->is_over = true;
  sessions_.erase(session->engine.sid());
  if (handlers_.on_end) handlers_.on_end(session, std::get<Ended>(output).reason);
}

void EngineSessions::arm(const SessionPtr& session) {
  const Instant deadline = session->engine.deadline();
  if (std::exchange(session->timer_at, deadline) == deadline) return;
  if (deadline == kNever) return void(session->timer.cancel());
  session->timer.expires_at(to_steady(deadline));
  session->timer.async_wait([weak = weak_from_this(), of = std::weak_ptr(session)](boost::system::error_code ec) {
    const auto self = weak.lock();
    const SessionPtr due = of.lock();
    if (ec || !self || !due || due->is_over) return;
    due->timer_at = kNever;
    due->engine.expire(now());
    self->touch(due);
    self->context_.turn.run();
  });
}

}  // namespace consomme::socketio
