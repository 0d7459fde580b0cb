// Many clients of one server, and how long each waited for every answer.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/signaling/client.h"
#include "net/clock.h"

namespace consomme::bench {

class Crowd {
 public:
  explicit Crowd(std::uint16_t port);

  // New clients that connect and go on to `until`, at most `at_once` of them under way. `room_of` names the room of the
  // nth of them all.
  void admit(std::size_t count, Step until, std::size_t at_once,
             const std::function<std::string(std::size_t)>& room_of);
  // The clients there are go on to `until`, at most `at_once` of them under way.
  void proceed(Step until, std::size_t at_once);
  // Reads what comes for so long.
  void listen(Duration span);

  // Whom the server has cut off.
  std::size_t lost() const { return lost_; }
  // How long it had nothing to do, in all.
  Duration idle() const { return idle_; }
  // Waits for the answer to this step, since the last call.
  std::vector<Duration> take_waits(Step step) { return std::exchange(waits_[static_cast<std::size_t>(step)], {}); }

 private:
  void wait_for_place(std::size_t at_once);
  bool receive(Duration patience);
  void go_on(Client& client);
  void lose(Client& client);

  const net::Clock clock_;
  std::uint16_t port_;
  net::Fd epoll_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<Client>> clients_;
  Step until_ = Step::kConnect;
  std::size_t under_way_ = 0;
  std::size_t lost_ = 0;
  Duration idle_{};
  std::array<std::vector<Duration>, kSteps> waits_;
};

}  // namespace consomme::bench
