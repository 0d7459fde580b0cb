#include "socketio/engineio_session.h"

#include <utility>

namespace consomme::socketio {
namespace {

constexpr std::string_view kProbe = "probe";

std::string handshake(const EngineLimits& limits, std::string_view sid, Transport transport) {
  const auto ms = [](Duration d) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
  };
  std::string json = "{\"sid\":\"";
  json += sid;
  json += transport == Transport::kPolling ? "\",\"upgrades\":[\"websocket\"]" : "\",\"upgrades\":[]";
  json += ",\"pingInterval\":" + ms(limits.ping_interval) + ",\"pingTimeout\":" + ms(limits.ping_timeout);
  json += ",\"maxPayload\":" + std::to_string(limits.max_payload_bytes) + "}";
  return json;
}

HttpResponse payload_response(std::string payload) {
  return {200, {{"Content-Type", "text/plain; charset=UTF-8"}, {"Cache-Control", "no-store"}}, std::move(payload)};
}

HttpResponse post_accepted() {
  return {200, {{"Content-Type", "text/html"}}, "ok"};
}

std::string_view message_of(RefusalCode code) {
  switch (code) {
    case RefusalCode::kTransportUnknown:
      return "0,\"message\":\"Transport unknown\"";
    case RefusalCode::kSessionUnknown:
      return "1,\"message\":\"Session ID unknown\"";
    case RefusalCode::kBadHandshakeMethod:
      return "2,\"message\":\"Bad handshake method\"";
    case RefusalCode::kBadRequest:
      return "3,\"message\":\"Bad request\"";
    case RefusalCode::kUnsupportedVersion:
      return "5,\"message\":\"Unsupported protocol version\"";
  }
  std::unreachable();
}

}  // namespace

HttpResponse refusal(RefusalCode code) {
  std::string body = "{\"code\":";
  body += message_of(code);
  body += "}";
  return {400, {{"Content-Type", "application/json"}}, std::move(body)};
}

EngineSession::EngineSession(const EngineLimits& limits, std::string sid, Transport transport, WireId wire, Instant now)
    : limits_(limits), sid_(std::move(sid)), transport_(transport) {
  deadlines_.fill(kNever);
  deadlines_[kPingTimer] = now + limits_.ping_interval;
  (transport == Transport::kPolling ? get_ : websocket_) = wire;
  send(encode_packet(PacketType::kOpen, handshake(limits_, sid_, transport)));
  flush();  // alone: clients take the first answer for the handshake and nothing else
}

void EngineSession::on_get(Instant, WireId exchange) {
  if (state_ == State::kClosed || transport_ != Transport::kPolling)
    return output(Answer{exchange, refusal(RefusalCode::kBadRequest)});
  if (get_) {
    output(Answer{exchange, refusal(RefusalCode::kBadRequest)});
    return abort("two GETs at once");
  }
  get_ = exchange;
}

void EngineSession::on_post_head(Instant, WireId exchange) {
  if (state_ == State::kClosed || transport_ != Transport::kPolling)
    return output(Answer{exchange, refusal(RefusalCode::kBadRequest)});
  if (post_) {
    output(Answer{exchange, refusal(RefusalCode::kBadRequest)});
    return abort("two POSTs at once");
  }
  post_ = exchange;
}

void EngineSession::on_post(Instant now, WireId exchange, std::string_view content_type, std::string_view body) {
  if (post_ != exchange) return;  // answered already, when the session ended
  const bool is_octets = content_type.starts_with("application/octet-stream");  // Engine.IO 3's binary payloads
  if (transport_ != Transport::kPolling || is_octets) {
    post_.reset();
    return output(Answer{exchange, refusal(RefusalCode::kBadRequest)});
  }
  std::optional<std::vector<Packet>> packets = parse_payload(body, limits_.max_packets_per_payload);
  if (!packets) return abort("invalid payload");
  for (Packet& packet : *packets) handle(now, std::move(packet));
  if (post_ != exchange) return;
  post_.reset();
  output(Answer{exchange, post_accepted()});
}

void EngineSession::handle(Instant now, Packet packet) {
  if (state_ != State::kOpen) return;
  switch (packet.type) {
    case PacketType::kOpen:
    case PacketType::kUpgrade:
    case PacketType::kNoop:
      return;
    case PacketType::kPing:
      return abort("the client pings as in Engine.IO 3");
    case PacketType::kMessage:
      return output(Deliver{packet.is_binary, std::move(packet.data)});
    case PacketType::kPong:
      if (deadlines_[kPongTimer] == kNever) return;
      deadlines_[kPongTimer] = kNever;
      deadlines_[kPingTimer] = now + limits_.ping_interval;
      return;
    case PacketType::kClose:
      if (post_) output(Answer{*std::exchange(post_, std::nullopt), post_accepted()});
      return finish("client closed", PacketType::kNoop);
  }
}

void EngineSession::on_upgrade(Instant now, WireId websocket) {
  if (state_ != State::kOpen || transport_ != Transport::kPolling || probe_) return output(CloseWebSocket{websocket});
  probe_ = Probe{websocket};
  deadlines_[kUpgradeTimer] = now + limits_.upgrade_timeout;
}

void EngineSession::on_websocket_message(Instant now, WireId websocket, bool is_binary, std::string data) {
  if (probe_ && probe_->websocket == websocket) return on_probe_message(is_binary, data);
  if (websocket_ != websocket) return;
  if (is_binary) return handle(now, Packet{PacketType::kMessage, true, std::move(data)});
  std::optional<Packet> packet = parse_packet(data);
  if (!packet) return abort("invalid packet");
  handle(now, std::move(*packet));
}

void EngineSession::on_probe_message(bool is_binary, std::string_view data) {
  if (!is_binary && !probe_->answered && data == "2probe") {
    probe_->answered = true;
    return output(SendFrame{probe_->websocket, encode_packet(PacketType::kPong, kProbe)});
  }
  if (!is_binary && probe_->answered && data == "5") return complete_upgrade();
  drop_probe();
}

// From here on everything goes over the WebSocket, what is queued first.
void EngineSession::complete_upgrade() {
  websocket_ = probe_->websocket;
  probe_.reset();
  deadlines_[kUpgradeTimer] = kNever;
  transport_ = Transport::kWebSocket;
  if (get_) answer_get(write_payload({{encode_packet(PacketType::kNoop)}}));
}

void EngineSession::drop_probe() {
  if (!probe_) return;
  output(CloseWebSocket{probe_->websocket});
  probe_.reset();
  deadlines_[kUpgradeTimer] = kNever;
}

void EngineSession::on_gone(Instant, WireId wire) {
  if (probe_ && probe_->websocket == wire) {
    probe_.reset();
    deadlines_[kUpgradeTimer] = kNever;
  } else if (get_ == wire || post_ == wire || websocket_ == wire) {
    for (auto* const lost : {&get_, &post_, &websocket_})
      if (*lost == wire) lost->reset();
    finish("transport close", PacketType::kClose);
  }
}

void EngineSession::send(Encoded message) {
  if (state_ != State::kOpen) return;
  queued_bytes_ += message.bytes->size();
  queue_.push_back(std::move(message));
  if (queued_bytes_ > limits_.max_unread_bytes && transport_ == Transport::kPolling) abort("too much unread");
}

void EngineSession::close(Instant now) {
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  drop_probe();
  deadlines_.fill(kNever);
  deadlines_[kClosingTimer] = now + limits_.ping_timeout;  // for the GET that fetches the rest
}

void EngineSession::abort(std::string_view reason) {
  finish(reason, PacketType::kClose);
}

// What ends a pending GET is the client's to know: that we closed, or only that it may go.
void EngineSession::finish(std::string_view reason, PacketType last_word) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadlines_.fill(kNever);
  queue_.push_back(encode_packet(last_word));
  if (get_) answer_get(write_payload(queue_));
  queue_.pop_back();
  for (Encoded& message : queue_)
    if (websocket_) output(SendFrame{*websocket_, std::move(message)});
  queue_.clear();
  if (post_) output(Answer{*std::exchange(post_, std::nullopt), refusal(RefusalCode::kBadRequest)});
  if (websocket_) output(CloseWebSocket{*std::exchange(websocket_, std::nullopt)});
  drop_probe();
  output(Ended{reason});
}

void EngineSession::answer_get(std::string payload) {
  output(Answer{*std::exchange(get_, std::nullopt), payload_response(std::move(payload))});
}

void EngineSession::expire(Instant now) {
  const auto due = [&](Timer timer) {
    return deadlines_[timer] <= now && std::exchange(deadlines_[timer], kNever) != kNever;
  };
  if (due(kPongTimer)) return abort("ping timeout");
  if (due(kClosingTimer)) return abort("server closed");
  if (due(kUpgradeTimer)) drop_probe();
  if (due(kPingTimer)) {
    deadlines_[kPongTimer] = now + limits_.ping_timeout;
    send(encode_packet(PacketType::kPing));
  }
}

void EngineSession::flush() {
  const bool is_closing = state_ == State::kClosing;
  if (state_ == State::kClosed) return;
  if (websocket_) {
    for (Encoded& message : queue_) output(SendFrame{*websocket_, std::move(message)});
  } else if (get_ && (!queue_.empty() || is_closing || (probe_ && probe_->answered))) {
    if (is_closing) queue_.push_back(encode_packet(PacketType::kClose));
    if (queue_.empty()) queue_.push_back(encode_packet(PacketType::kNoop));
    answer_get(write_payload(queue_));
  } else {
    return;
  }
  queue_.clear();
  queued_bytes_ = 0;
  if (is_closing) finish("server closed", PacketType::kClose);
}

std::optional<SessionOutput> EngineSession::poll() {
  if (outputs_.empty()) flush();
  if (outputs_.empty()) return std::nullopt;
  SessionOutput next = std::move(outputs_.front());
  outputs_.pop_front();
  return next;
}

}  // namespace consomme::socketio
