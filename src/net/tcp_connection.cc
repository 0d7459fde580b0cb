#include "net/tcp_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/rfc4571.h"
#include "net/socket_address.h"

namespace consomme::net {
namespace {

// What the kernel may hold unsent below our own queue; its automatic buffers would grow to seconds of media.
constexpr int kKernelUnsentBytes = 64 * 1024;

// An output buffer that grew beyond a turn's worth is given back when it has drained.
constexpr std::size_t kKeptOutputBytes = 16 * 1024;

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

TcpConnection::TcpConnection(Instant now, Detached arrived)
    : socket_(std::move(arrived.socket)),
      remote_(arrived.remote),
      idle_deadline_(now + kMaxNewcomer),
      partial_(std::move(arrived.partial)) {
  set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kKernelUnsentBytes);
}

TcpConnection::Detached TcpConnection::detach() {
  watch_ = {};
  return {std::move(socket_), remote_, std::move(partial_)};
}

bool TcpConnection::watch(EpollLoop& loop, Token token) {
  auto made = Watch::try_make(loop, socket_.get(), token, {.read = true});
  if (made) watch_ = std::move(*made);
  return made.has_value();
}

TcpConnection::ReadResult TcpConnection::read(ByteSpan buffer, const Tuple& from, std::vector<Datagram>& frames) {
  std::ranges::copy(partial_, buffer.begin());
  const ByteSpan room = buffer.subspan(partial_.size());
  const ssize_t got = recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (got < 0 && would_block(errno)) return ReadResult::kOpen;
  if (got <= 0) return ReadResult::kClosed;

  FrameCut cut = cut_frame(buffer.first(partial_.size() + static_cast<std::size_t>(got)));
  for (; cut.state == FrameState::kComplete; cut = cut_frame(cut.rest)) {
    if (!cut.frame.empty()) frames.push_back({from, cut.frame});
  }
  if (cut.state == FrameState::kOversize) return ReadResult::kOversize;
  partial_.assign(cut.rest.begin(), cut.rest.end());
  return ReadResult::kOpen;
}

bool TcpConnection::queue(ByteView frame) {
  const std::size_t bytes = kFrameHeaderBytes + frame.size();
  if (unsent_.size() - unsent_from_ + bytes > kMaxUnsentBytes) return false;
  if (unsent_.size() + bytes > kMaxUnsentBytes) {
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(unsent_from_));
    unsent_from_ = 0;
  }
  append_frame(unsent_, frame);
  return true;
}

bool TcpConnection::flush() {
  while (unsent_from_ < unsent_.size()) {
    const ByteView left = ByteView(unsent_).subspan(unsent_from_);
    const ssize_t sent = send(socket_.get(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (!would_block(errno)) return false;
      blocked_ = true;
      watch_.set({.read = true, .write = true});
      return true;
    }
    unsent_from_ += static_cast<std::size_t>(sent);
  }
  unsent_.clear();
  unsent_from_ = 0;
  blocked_ = false;
  if (unsent_.capacity() > kKeptOutputBytes) unsent_.shrink_to_fit();
  watch_.set({.read = true});
  return true;
}

}  // namespace consomme::net
