// One Engine.IO 4 session: polling, WebSocket, the upgrade from one to the other, heartbeat. Deterministic: it is given
// the time and what happened, and its outputs are drained by poll(). Driven by EngineSessions, which owns the sockets'
// side. Left out: who may open a session and what the messages mean.
#pragma once

#include <algorithm>
#include <array>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "socketio/wire.h"

namespace consomme::socketio {

struct EngineLimits {
  Duration ping_interval = 25s;
  Duration ping_timeout = 20s;
  Duration upgrade_timeout = 10s;
  std::size_t max_payload_bytes = 1'000'000;
  std::size_t max_unread_bytes = 4'000'000;
  std::size_t max_packets_per_payload = 100'000;
};

enum class Transport { kPolling, kWebSocket };

// Outputs.
struct Answer {
  WireId to;
  HttpResponse response;
};
struct SendFrame {
  WireId to;
  Encoded message;
};
struct CloseWebSocket {
  WireId websocket;
};
struct Deliver {
  bool is_binary = false;
  std::string data;
};
struct Ended {
  std::string_view reason;
};
using SessionOutput = std::variant<Answer, SendFrame, CloseWebSocket, Deliver, Ended>;

// A refusal as the Engine.IO protocol words it: status 400, {"code", "message"}.
enum class RefusalCode { kTransportUnknown, kSessionUnknown, kBadHandshakeMethod, kBadRequest, kUnsupportedVersion };
HttpResponse refusal(RefusalCode code);

class EngineSession {
 public:
  // `wire` is the exchange or the WebSocket that opened it: the handshake packet goes there.
  EngineSession(const EngineLimits& limits, std::string sid, Transport transport, WireId wire, Instant now);

  const std::string& sid() const { return sid_; }
  Transport transport() const { return transport_; }
  // False once closing: nothing is delivered or sent any more.
  bool is_open() const { return state_ == State::kOpen; }

  void on_get(Instant now, WireId exchange);
  // A POST's head has come; its body follows with on_post, unless it was refused here.
  void on_post_head(Instant now, WireId exchange);
  void on_post(Instant now, WireId exchange, std::string_view content_type, std::string_view body);
  // A WebSocket that wants to take the polling session over.
  void on_upgrade(Instant now, WireId websocket);
  void on_websocket_message(Instant now, WireId websocket, bool is_binary, std::string data);
  void on_gone(Instant now, WireId wire);

  void send(Encoded message);
  // Ends it from our side, after what is queued has been sent.
  void close(Instant now);
  // Ends it at once.
  void abort(std::string_view reason);

  void expire(Instant now);
  Instant deadline() const { return *std::ranges::min_element(deadlines_); }
  // The next output. Queued packets leave in one piece when everything that came in has been handled.
  std::optional<SessionOutput> poll();

 private:
  enum class State { kOpen, kClosing, kClosed };
  enum Timer : std::size_t { kPingTimer, kPongTimer, kUpgradeTimer, kClosingTimer, kTimers };
  struct Probe {
    WireId websocket;
    bool answered = false;
  };

  void handle(Instant now, Packet packet);
  void on_probe_message(bool is_binary, std::string_view data);
  void complete_upgrade();
  void drop_probe();
  void flush();
  void answer_get(std::string payload);
  void finish(std::string_view reason, PacketType last_word);
  void output(SessionOutput out) { outputs_.push_back(std::move(out)); }

  const EngineLimits& limits_;
  std::string sid_;
  Transport transport_;
  State state_ = State::kOpen;
  std::optional<WireId> get_;
  std::optional<WireId> post_;
  std::optional<WireId> websocket_;
  std::optional<Probe> probe_;
  std::vector<Encoded> queue_;
  std::size_t queued_bytes_ = 0;
  std::array<Instant, kTimers> deadlines_;
  std::list<SessionOutput> outputs_;  // an idle deque keeps 600 bytes
};

}  // namespace consomme::socketio
