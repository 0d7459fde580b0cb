// One client of the load: a WebSocket with Socket.IO on it, by hand, so that it costs a small part of what a server
// spends on it. It walks through a front end's set-up step by step; what is broadcast to it is skipped unread.
// Driven by Crowd.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "net/fd.h"

namespace consomme::bench {

// What a client has done, or is to do.
enum class Step : std::uint8_t { kConnect, kCapabilities, kJoin, kSendTransport, kRecvTransport };
inline constexpr std::size_t kSteps = 5;

class Client {
 public:
  Client(std::uint16_t port, std::string room);

  int fd() const { return fd_.get(); }
  // Asks for it; the step before it must have been answered.
  void take(Instant now, Step step);
  // Whether the step that was taken last is done.
  bool is_answered() const { return is_answered_; }
  Step step() const { return step_; }
  Instant taken_at() const { return taken_at_; }

  void receive(std::string_view bytes);

 private:
  std::string_view read(std::string_view bytes);
  void on_message(std::string_view message);
  void send_text(std::string_view text);
  void send_request(std::string_view event, std::string_view more);

  net::Fd fd_;
  std::string room_;
  std::string capabilities_;  // as the server told them
  Step step_ = Step::kConnect;
  Instant taken_at_{};
  bool is_answered_ = false;
  bool is_websocket_ = false;
  std::string input_;           // what has come of a frame that is not whole
  std::size_t skip_bytes_ = 0;  // of a broadcast, still to come
};

}  // namespace consomme::bench
