#include "bench/signaling/crowd.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/check.h"

namespace consomme::bench {
namespace {

constexpr int kEventsAtOnce = 64;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr Duration kPatience = 30s;  // a server that says nothing for so long has failed

Step next(Step step) {
  return static_cast<Step>(static_cast<int>(step) + 1);
}

}  // namespace

Crowd::Crowd(std::uint16_t port) : port_(port), epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadBytes) {}

void Crowd::admit(std::size_t count, Step until, std::size_t at_once,
                  const std::function<std::string(std::size_t)>& room_of) {
  until_ = until;
  for (std::size_t i = 0; i < count; ++i) {
    wait_for_place(at_once);
    clients_.push_back(std::make_unique<Client>(port_, room_of(clients_.size())));
    Client& client = *clients_.back();
    epoll_event interest{.events = EPOLLIN, .data = {.ptr = &client}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.fd(), &interest);
    ++under_way_;
    client.take(clock_.now(), Step::kConnect);
  }
  wait_for_place(1);
}

void Crowd::proceed(Step until, std::size_t at_once) {
  until_ = until;
  for (const auto& client : clients_) {
    if (client->step() == until) continue;
    wait_for_place(at_once);
    ++under_way_;
    client->take(clock_.now(), next(client->step()));
  }
  wait_for_place(1);
}

void Crowd::listen(Duration span) {
  const Instant end = clock_.now() + span;
  for (Instant now = clock_.now(); now < end; now = clock_.now()) receive(end - now);
}

// Until one more may be under way.
void Crowd::wait_for_place(std::size_t at_once) {
  while (under_way_ >= at_once) check(receive(kPatience), "the server answers");
}

// False when nothing came. Looks again and again and never sleeps: to wake a sleeper on the same machine would be work
// of the server's that clients elsewhere do not cause.
bool Crowd::receive(Duration patience) {
  std::array<epoll_event, kEventsAtOnce> events;
  const Instant asked_at = clock_.now();
  Instant now = asked_at;
  int n = 0;
  while ((n = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, 0)) == 0 && now - asked_at < patience) {
    sched_yield();
    now = clock_.now();
  }
  idle_ += now - asked_at;
  for (int i = 0; i < n; ++i) {
    Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
    const ssize_t bytes = recv(client.fd(), buffer_.data(), buffer_.size(), 0);
    if (bytes <= 0) {
      lose(client);
      continue;
    }
    const bool was_answered = client.is_answered();
    client.receive({buffer_.data(), static_cast<std::size_t>(bytes)});
    if (!was_answered && client.is_answered()) go_on(client);
  }
  return n > 0;
}

// The server has cut it off.
void Crowd::lose(Client& client) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, client.fd(), nullptr);
  ++lost_;
  if (!client.is_answered()) --under_way_;
}

void Crowd::go_on(Client& client) {
  const Instant now = clock_.now();
  waits_[static_cast<std::size_t>(client.step())].push_back(now - client.taken_at());
  if (client.step() == until_)
    --under_way_;
  else
    client.take(now, next(client.step()));
}

}  // namespace consomme::bench
