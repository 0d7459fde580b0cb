// One accepted TCP connection: requests in order, one answer each, keep-alive, until it closes or becomes a WebSocket.
// Its owner, the Listener, gives every exchange its name and passes answers on. While an answer is owed it goes on
// reading, because a client that leaves a pending GET ends its session.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "socketio/asio.h"
#include "socketio/http_parser.h"
#include "socketio/wire.h"

namespace consomme::socketio {

class Listener;

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // A peer that takes nothing of an answer for `stall_time` is cut.
  HttpConnection(std::shared_ptr<Listener> listener, TcpSocket socket, std::string address, std::size_t max_body_bytes,
                 Duration stall_time);

  void start();
  // For the exchange that is open now, once.
  void answer(HttpResponse response);
  void accept_websocket();
  // At once, without a word to anyone.
  void cut();

 private:
  enum class Phase { kHead, kBody, kOwed, kWriting, kLingering, kDone };
  enum class Waiting { kNothing, kRequest, kHead, kBody, kWrite, kLinger };

  void read();
  void on_readable();
  void on_end();
  void pump();
  bool step();
  bool on_head();
  bool on_body();
  bool on_need_more();
  void write(std::string bytes, bool keep_alive);
  void on_progress();
  void on_written(bool keep_alive);
  void linger();
  void lose();
  void wait(Waiting what);

  std::shared_ptr<Listener> listener_;
  TcpSocket socket_;
  Timer timer_;
  const Duration stall_time_;
  HttpParser parser_;
  const std::string address_;
  std::string input_;
  std::string output_;
  Phase phase_ = Phase::kHead;
  Waiting waiting_ = Waiting::kNothing;
  std::uint64_t wait_count_ = 0;    // tells a timer that fired too late
  std::optional<WireId> exchange_;  // owed an answer
  std::optional<HttpResponse> response_;
  bool wants_websocket_ = false;
  bool is_head_request_ = false;
  bool is_reading_ = false;
  bool is_pumping_ = false;
  bool has_ended_ = false;  // the peer sends no more
  bool is_fresh_ = true;    // no request was answered yet
};

}  // namespace consomme::socketio
