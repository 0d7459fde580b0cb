// A thin epoll: which descriptors are ready, waiting no longer than a deadline. Level-triggered, so that a reader may
// stop after its share of a turn and is told again. It calls nobody back; the thread that waits looks at the events
// itself.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"
#include "net/fd.h"

namespace consomme::net {

// What an event is about, as its registrant named it; 64 bits, as the kernel carries them. `owner` tells the objects of
// one loop apart; `item` and `generation` belong to the owner (a TcpEndpoint names its connections with them).
struct Token {
  std::uint16_t owner = 0;
  std::uint16_t item = 0;
  std::uint32_t generation = 0;
  bool operator==(const Token&) const = default;
};

struct Interest {
  bool read = false;
  bool write = false;
  bool operator==(const Interest&) const = default;
};

struct Event {
  Token token;
  bool readable = false;  // also on errors and hang-ups: the read then says which
  bool writable = false;
};

class EpollLoop {
 public:
  EpollLoop();
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  // Sleeps until a descriptor is ready or `deadline` (kNever: for as long as it takes), with nanosecond resolution
  // where the kernel has epoll_pwait2; a deadline at or before `now` only looks. Valid until the next call; empty on
  // the deadline and on a signal.
  std::span<const Event> wait(Instant now, Instant deadline);

 private:
  friend class Watch;
  int wait_ready(Duration patience);

  Fd epoll_;
  bool has_pwait2_ = true;
  static constexpr std::size_t kEventsPerTurn = 64;  // more are told in the next turn, after the timers had theirs
  std::array<epoll_event, kEventsPerTurn> ready_{};
  std::array<Event, kEventsPerTurn> events_{};
};

// One descriptor's registration, for as long as the Watch lives. The loop and the descriptor must outlive it.
class Watch {
 public:
  Watch() = default;
  // Ends the process when the kernel refuses, which it may: see try_make(). For what nothing can be served without.
  Watch(EpollLoop& loop, int fd, Token token, Interest interest);
  // nullopt when the kernel refuses: it has no memory for it, or not for one more of this user (epoll(7),
  // max_user_watches). For one of many.
  static std::optional<Watch> try_make(EpollLoop& loop, int fd, Token token, Interest interest);
  Watch(Watch&& other) noexcept;
  Watch& operator=(Watch&& other) noexcept;
  ~Watch();

  // Costs a system call only when `interest` differs from the last one.
  void set(Interest interest);

 private:
  bool begin(EpollLoop& loop, int fd, Token token, Interest interest);

  EpollLoop* loop_ = nullptr;
  int fd_ = -1;
  Token token_;
  Interest interest_;
};

}  // namespace consomme::net
