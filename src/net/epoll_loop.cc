#include "net/epoll_loop.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/check.h"

namespace consomme::net {
namespace {

epoll_event request(Token token, Interest interest) {
  epoll_event event{};
  if (interest.read) event.events |= EPOLLIN | EPOLLRDHUP;
  if (interest.write) event.events |= EPOLLOUT;
  event.data.u64 = std::bit_cast<std::uint64_t>(token);
  return event;
}

Event report(const epoll_event& event) {
  constexpr auto kRead = static_cast<std::uint32_t>(EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP);
  return {.token = std::bit_cast<Token>(std::uint64_t{event.data.u64}),
          .readable = (event.events & kRead) != 0,
          .writable = (event.events & EPOLLOUT) != 0};
}

// Rounded up, so that a wait never ends just before its deadline.
int to_milliseconds(Duration patience) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  return static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace

EpollLoop::EpollLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  check(static_cast<bool>(epoll_), "the process may open an epoll descriptor (see its limit of open files)");
}

std::span<const Event> EpollLoop::wait(Instant now, Instant deadline) {
  const Duration patience = deadline == kNever ? Duration::max() : std::max(deadline - now, Duration::zero());
  const int count = std::max(wait_ready(patience), 0);
  std::transform(ready_.begin(), ready_.begin() + count, events_.begin(), report);
  return std::span(events_).first(static_cast<std::size_t>(count));
}

// Duration::max() waits without end.
int EpollLoop::wait_ready(Duration patience) {
  const bool forever = patience == Duration::max();
  if (has_pwait2_) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(patience);
    const timespec timeout{.tv_sec = whole.count(), .tv_nsec = (patience - whole).count()};
    const int count = epoll_pwait2(epoll_.get(), ready_.data(), kEventsPerTurn, forever ? nullptr : &timeout, nullptr);
    // Before Linux 5.11, or under a seccomp filter written before it.
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    has_pwait2_ = false;
  }
  return epoll_wait(epoll_.get(), ready_.data(), kEventsPerTurn, forever ? -1 : to_milliseconds(patience));
}

Watch::Watch(EpollLoop& loop, int fd, Token token, Interest interest) {
  check(begin(loop, fd, token, interest), "an open descriptor can be watched");
}

std::optional<Watch> Watch::try_make(EpollLoop& loop, int fd, Token token, Interest interest) {
  Watch watch;
  if (!watch.begin(loop, fd, token, interest)) return std::nullopt;
  return watch;
}

bool Watch::begin(EpollLoop& loop, int fd, Token token, Interest interest) {
  epoll_event event = request(token, interest);
  if (epoll_ctl(loop.epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
  loop_ = &loop;
  fd_ = fd;
  token_ = token;
  interest_ = interest;
  return true;
}

Watch::Watch(Watch&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)), fd_(other.fd_), token_(other.token_), interest_(other.interest_) {}

Watch& Watch::operator=(Watch&& other) noexcept {
  std::swap(loop_, other.loop_);
  std::swap(fd_, other.fd_);
  std::swap(token_, other.token_);
  std::swap(interest_, other.interest_);
  return *this;
}

Watch::~Watch() {
  if (loop_ != nullptr) epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

void Watch::set(Interest interest) {
  if (interest == interest_) return;
  epoll_event event = request(token_, interest);
  check(epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_MOD, fd_, &event) == 0, "a watched descriptor is open");
  interest_ = interest;
}

}  // namespace consomme::net
